"""A write that the database refuses because of another transaction starts again and is done once."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from psa_cli.wire.programs import Program

from .api_operations import Belongings, count_effects, read_operations, write_call

pytestmark = pytest.mark.heavy

NAME = "psa_test_conflict"


@contextmanager
def conflict_at_the_end(server):
    """The first transaction that keeps an answer fails there, after all of its work.

    Yields what says how often one came there.
    """

    def count():
        [(calls,)] = server.psql(f"SELECT last_value FROM {NAME} WHERE is_called")  # noqa: S608
        return calls

    # a sequence does not go back with the transaction
    server.psql(f"CREATE SEQUENCE {NAME}")
    server.psql(
        f"""
        CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('{NAME}') = 1 THEN
                RAISE EXCEPTION 'made by a test' USING ERRCODE = 'serialization_failure';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    server.psql(f"CREATE TRIGGER {NAME} BEFORE UPDATE ON psa_api_idempotency FOR EACH ROW EXECUTE FUNCTION {NAME}()")
    try:
        yield count
    finally:
        server.psql(f"DROP FUNCTION {NAME} CASCADE")
        server.psql(f"DROP SEQUENCE {NAME}")


class Desk:
    """Clients' programs, and what their calls are about."""

    def __init__(self, server, wire):
        self.server = server
        self.program = Program.create(wire)
        self.own = Belongings.create(server, self.program)
        # the tickets of the other one that could be reopened have no report that is waited for
        self.reopening = Program.create(wire, "Southern Cross Freight")

    def prepare(self, operation):
        """Who calls, and the address."""
        ids = dict(self.own.ids)
        if operation.path.endswith("/reopen"):
            [key] = self.reopening.call("read", ["partner_id"])
            [(ids["number"],), *_others] = self.server.psql(
                "SELECT ticket.number FROM helpdesk_ticket AS ticket "
                "JOIN helpdesk_ticket_stage AS stage ON stage.id = ticket.stage_id "
                "WHERE ticket.commercial_partner_id = %s AND stage.code = 'resolved'",
                key["partner_id"][0],
            )
            return self.reopening, operation.fill(ids)
        if operation.path.startswith("/svrs/"):
            [(ids["svr_id"],), *_others] = self.server.psql(
                "SELECT svr.id FROM techsource_svr AS svr JOIN helpdesk_ticket AS ticket ON ticket.id = svr.ticket_id "
                "WHERE ticket.commercial_partner_id = %s AND svr.state = 'sent'",
                self.own.partner_id,
            )
        return self.program, operation.fill(ids)


@pytest.fixture
def desk(server, wire):
    return Desk(server, wire)


def test_every_write_that_meets_a_conflict_is_done_once(server, desk):
    writes = [each for each in read_operations(desk.program.base) if each.method != "GET"]
    assert len(writes) > 5
    for operation in writes:
        mark, key = uuid4().hex, uuid4().hex
        program, path = desk.prepare(operation)

        def send():
            headers = {"Idempotency-Key": key}  # noqa: B023 - called in this turn of the loop alone
            return program.request(operation.method, path, headers=headers, **write_call(operation, mark))  # noqa: B023

        with conflict_at_the_end(server) as count_tries:
            answer = send()
            assert answer.status_code in (200, 201), f"{operation}: {answer.text}"
            assert count_tries() == 2, f"{operation} met no conflict"
            assert "Idempotency-Replayed" not in answer.headers
        assert count_effects(server, operation, mark) == 1, operation
        again = send()
        assert (again.status_code, again.content) == (answer.status_code, answer.content), operation
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.headers.get("Location") == answer.headers.get("Location")
        assert count_effects(server, operation, mark) == 1, operation
