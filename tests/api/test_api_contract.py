"""The REST API as a client's program meets it."""

from uuid import uuid4

import pytest
import requests
from psa_cli.wire.programs import ticket
from psa_cli.wire.wire import ApiClient

from .api_programs import assert_problem

FIELDS = {
    "id",
    "number",
    "subject",
    "description",
    "stage",
    "priority",
    "asset",
    "contact",
    "external_reference",
    "sla",
    "created_at",
    "updated_at",
    "closed_at",
}


@pytest.fixture
def api(instance, wire):
    return wire.api()


def test_ticket_created_can_be_read_back(api):
    reference = f"PO-{uuid4().hex[:8]}"
    created = api.post("/tickets", ticket(external_reference=reference))
    assert created.status_code == 201, created.text
    body = created.json()
    assert set(body) == FIELDS
    assert body["stage"]["code"] == "request"
    assert body["priority"] == "high"
    assert body["external_reference"] == reference
    assert body["created_at"].endswith("Z")
    assert created.headers["Location"].endswith(f"/psa/api/v1/tickets/{body['number']}")
    read = api.get(f"/tickets/{body['number']}")
    assert read.status_code == 200
    assert read.json() == body


def test_client_sees_its_own_sla_layer_only(api):
    number = api.post("/tickets", ticket()).json()["number"]
    slas = api.get(f"/tickets/{number}").json()["sla"]
    assert slas
    assert {sla["layer"] for sla in slas} == {"client"}


def test_asset_is_found_by_hostname(api):
    body = api.post("/tickets", ticket(asset={"hostname": "NWD-SRV-01"})).json()
    assert body["asset"]["hostname"] == "NWD-SRV-01"


def test_asset_of_another_client_is_not_found(api):
    problem = assert_problem(api.post("/tickets", ticket(asset={"hostname": "HHL-DC-01"})), 422)
    assert problem["errors"][0]["field"].startswith("asset")


def test_same_idempotency_key_is_answered_from_the_first_time(api):
    key, body = uuid4().hex, ticket()
    first, again = api.post("/tickets", body, key), api.post("/tickets", body, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


def test_same_idempotency_key_with_another_body_is_refused(api):
    key = uuid4().hex
    api.post("/tickets", ticket(), key)
    assert_problem(api.post("/tickets", ticket(priority="low"), key), 422)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": None}, "subject"),
        ({"subject": ""}, "subject"),
        ({"priority": "urgent"}, "priority"),
        ({"colour": "red"}, "colour"),
        ({"contact": {"name": "Jo", "phone": "12"}}, "contact.phone"),
    ],
    ids=["no text", "empty", "unknown priority", "unknown field", "no phone number"],
)
def test_field_that_is_wrong_is_named(api, changes, field):
    problem = assert_problem(api.post("/tickets", ticket(**changes)), 422)
    assert field in {error["field"] for error in problem["errors"]}
    assert all(set(error) == {"field", "code", "message"} for error in problem["errors"])


def test_body_that_is_no_json_is_a_problem(api):
    headers = {**api.headers, "Content-Type": "application/json"}
    answer = requests.post(f"{api.base}/tickets", data=b"{", headers=headers, timeout=30)
    assert_problem(answer, 400)


def test_key_that_is_wrong_is_refused(api):
    assert_problem(ApiClient(api.base, "psa_nobody").get("/tickets/1"), 401)
    assert_problem(requests.get(f"{api.base}/tickets/1", timeout=30), 401)


def test_ticket_that_is_not_there_is_a_problem(api):
    assert_problem(api.get("/tickets/HT99999999"), 404)


def test_ticket_of_another_client_is_not_there(wire, api):
    operations = wire.person("operations")
    others = operations.read_one(
        "helpdesk.ticket", [("commercial_partner_id.name", "=", "Wattle Park College")], ["number"]
    )
    assert_problem(api.get(f"/tickets/{others['number']}"), 404)


def test_request_id_is_handed_back(api):
    headers = {**api.headers, "X-Request-Id": "order-4711"}
    answer = requests.get(f"{api.base}/tickets/HT99999999", headers=headers, timeout=30)
    assert answer.headers["X-Request-Id"] == "order-4711"
    assert assert_problem(answer, 404)["request_id"] == "order-4711"
