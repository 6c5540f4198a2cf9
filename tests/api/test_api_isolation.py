"""A client's program sees and does what is its client's own: every operation of the document is held to it."""

import pytest
import requests
from psa_cli.wire.programs import CLIENT, OTHER_CLIENT, Program

from .api_operations import PAGING, Belongings, read_operations, walk, write_call
from .api_programs import assert_problem


class Two:
    """Two clients, each with a program that may do all, and what they have."""

    def __init__(self, server, wire):
        self.server = server
        self.wire = wire
        self.program, self.others_program = (Program.create(self.wire, name) for name in (CLIENT, OTHER_CLIENT))
        self.own, self.others = (Belongings.create(server, program) for program in (self.program, self.others_program))
        self.operations = read_operations(self.program.base)

    def write(self, program, operation, values):
        return program.request(operation.method, operation.fill(values), **write_call(operation, "trespass"))

    def call(self, program, operation, values, method=None):
        if operation.method == "GET":
            return program.request(method or "GET", operation.fill(values))
        return self.write(program, operation, values)

    def read_traces(self):
        """All that could be another after something was done to what the other client has."""
        number, svr = self.others.ids["number"], self.others.ids["svr_id"]
        return self.server.psql(
            """
            SELECT ticket.write_date, ticket.stage_id, svr.state, svr.write_date,
                (SELECT count(*) FROM mail_message WHERE model = 'helpdesk.ticket' AND res_id = ticket.id),
                (SELECT count(*) FROM ir_attachment WHERE res_model = 'helpdesk.ticket' AND res_id = ticket.id)
            FROM helpdesk_ticket AS ticket, techsource_svr AS svr WHERE ticket.number = %s AND svr.id = %s
            """,
            number,
            svr,
        )


@pytest.fixture(scope="module")
def two(_serving, wire):
    return Two(_serving.ensure(0), wire)


def test_thing_of_another_client_is_as_little_there_as_one_that_nobody_has(two, record_property):
    before = two.read_traces()
    tried = 0
    for operation in two.operations:
        if not operation.names:
            continue
        for values, nowhere in two.own.mix(two.others, operation):
            answer = two.call(two.program, operation, values)
            assert_problem(answer, 404)
            alike = two.call(two.program, operation, nowhere)
            assert _get_words(answer) == _get_words(alike), f"{operation} tells whether it is there"
            tried += 1
            if operation.method == "GET":
                assert two.call(two.program, operation, values, "HEAD").status_code == 404, operation
        if operation.method == "GET":
            answer = two.call(two.program, operation, two.own.ids)
            assert answer.status_code == 200, f"{operation}: the client's own is not there: {answer.text}"
    assert tried > 12
    assert two.read_traces() == before
    record_property("figure", f"{tried} calls for what another client has: {tried} times 404, nothing changed")


def _get_words(answer):
    return {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}


def test_list_holds_all_that_the_client_has_and_nothing_else(two):
    for operation in filter(lambda each: each.is_list, two.operations):
        items = list(walk(two.program, operation.fill(two.own.ids), limit=4))
        ids = [item["id"] for item in items]
        assert len(set(ids)) == len(ids), operation
        if operation.names:  # what is on a ticket; other tickets are not found at all
            assert ids, operation
        else:
            assert set(ids) == two.own.list_all(two.server, operation.path), operation
            assert not set(ids) & two.others.list_all(two.server, operation.path)


def test_search_finds_nothing_of_another_client(two):
    for operation in filter(lambda each: each.is_list and not each.names, two.operations):
        own = two.own.list_all(two.server, operation.path)
        for name, schema in operation.queries.items():
            if name in PAGING:
                continue
            if name in two.others.words:
                found = list(walk(two.program, operation.path, **{name: two.others.words[name]}))
                assert not found, f"{operation}?{name}"
                found = list(walk(two.program, operation.path, **{name: two.own.words[name]}))
                assert found, f"{operation}?{name}: the client's own is not found"
                continue
            for value in _get_examples(name, schema):
                found = {item["id"] for item in walk(two.program, operation.path, **{name: value})}
                assert found <= own, f"{operation}?{name}={value}"


def _get_examples(name, schema):
    """Values that a filter takes."""
    if name == "updated_since":
        return ["2020-01-01T00:00:00Z"]
    if name == "stage":
        return ["request", "closed"]
    choices = [value for each in (schema, *schema.get("anyOf", ())) for value in each.get("enum", ())]
    assert choices, f"tell this test what another client has by {name}: Belongings.words"
    return choices


def test_page_of_another_clients_list_shows_nothing_of_it(two):
    for operation in filter(lambda each: each.is_list and not each.names, two.operations):
        page = two.others_program.get(operation.path, limit="1").json()
        answer = two.program.get(operation.path, limit="1", cursor=page["next_cursor"])
        if answer.status_code == 200:
            ids = {item["id"] for item in answer.json()["items"]}
            assert ids <= two.own.list_all(two.server, operation.path), operation
        else:
            assert_problem(answer, 422)


def test_ticket_for_an_asset_of_another_client_is_refused_like_one_for_none(two):
    words = []
    for asset_id in (two.others.ids["asset_id"], 2_000_000_000):
        body = {"subject": "Trespass", "description": "Text", "asset": {"id": asset_id}}
        words.append(_get_words(two.program.post("/tickets", body)))
        assert words[-1]["status"] == 422
    assert words[0] == words[1]


def test_same_idempotency_key_is_another_one_for_each_client(two):
    key, body = "shared-by-chance", {"subject": "Mine", "description": "Text"}
    first = two.program.post("/tickets", body, key)
    others = two.others_program.post("/tickets", body, key)
    assert (first.status_code, others.status_code) == (201, 201)
    assert first.json()["id"] != others.json()["id"]
    assert "Idempotency-Replayed" not in others.headers


def test_key_without_the_scope_is_refused_by_every_operation(two):
    scopes = {operation.scope for operation in two.operations} - {None}
    assert len(scopes) > 5
    for missing in scopes:
        poor = Program.create(two.wire, scopes=sorted(scopes - {missing}))
        for operation in two.operations:
            if operation.scope == missing:
                problem = assert_problem(two.call(poor, operation, two.own.ids), 403)
                assert problem["type"] == "urn:psa:problem:scope"


def test_nobody_is_let_in_without_a_key(two):
    nobody = Program(two.program.base, "psa_nobody", two.program.admin, 0)
    for operation in two.operations:
        answer = two.call(nobody, operation, two.own.ids)
        if operation.scope:
            assert_problem(answer, 401)
        else:
            assert requests.get(f"{nobody.base}{operation.path}", timeout=60).status_code == 200
