"""A message that was answered 202 is never lost, and the same message never counts twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from psa_cli.wire.wire import new_delivery_id, wait_for

GROUP = "Northwind Dental"
PROBLEM = "application/problem+json"


pytestmark = pytest.mark.usefixtures("server")


def registration(**changes):
    device = str(uuid4())
    return {
        "EventType": "SystemRegistered",
        "SystemIdentifier": device,
        "Name": f"NWD-TEST-{device[:8].upper()}",
        "OS": "Windows 11 Pro 24H2",
        "Group": GROUP,
        "CustomFields": {"Serial": device[-8:].upper()},
        **changes,
    }


def count_assets(person, payload):
    return person.call("psa.asset", "search_count", [("pulseway_id", "=", payload["SystemIdentifier"])])


def find_message(person, uuid):
    return person.read_one("psa.hub.inbox", [("uuid", "=", uuid)], ["state", "reason"])


def test_server_killed_after_202_message_is_kept_and_worked(server, wire):
    payload, delivery = registration(), new_delivery_id()
    answer = wire.webhook().send(payload, delivery)
    server.kill9()
    assert answer.status_code == 202
    uuid = answer.json()["id"]

    server.restart()
    operations = wire.person("operations")
    assert find_message(operations, uuid)
    assert wait_for(lambda: count_assets(operations, payload), seconds=120) == 1

    again = wire.webhook().send(payload, delivery)
    assert again.status_code == 200
    assert again.json() == {"id": uuid, "status": "duplicate"}
    assert count_assets(operations, payload) == 1


def test_same_delivery_eight_times_at_once_is_kept_once(wire):
    payload, delivery = registration(), new_delivery_id()
    sender = wire.webhook()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sender.send(payload, delivery), range(8)))
    assert Counter(answer.status_code for answer in answers) == {202: 1, 200: 7}
    assert len({answer.json()["id"] for answer in answers}) == 1
    operations = wire.person("operations")
    assert wait_for(lambda: count_assets(operations, payload), seconds=90) == 1


def test_unknown_group_is_kept_as_dead_letter_with_reason(wire):
    payload = registration(Group="Nobody & Sons")
    answer = wire.webhook().send(payload)
    assert answer.status_code == 202
    operations = wire.person("operations")

    def dead():
        message = find_message(operations, answer.json()["id"])
        return message if message["state"] == "dead" else None

    message = wait_for(dead, seconds=90)
    assert message, "the message is not a dead letter"
    assert "Nobody & Sons" in message["reason"]
    assert count_assets(operations, payload) == 0


@pytest.mark.parametrize(
    "forged",
    [
        {"webhook_signature": "v1,Zm9yZ2VkZm9yZ2VkZm9yZ2VkZm9yZ2VkZm9yZ2VkISE="},
        {"webhook_signature": ""},
        {"webhook_timestamp": "1500000000"},
        {"webhook_id": "msg_another"},
    ],
    ids=["wrong", "missing", "stale", "of another delivery"],
)
def test_bad_signature_is_refused_alike_for_every_cause(wire, forged):
    answer = wire.webhook().send_raw(b'{"EventType": "SystemRegistered"}', **forged)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith(PROBLEM)
    plain = wire.webhook().send_raw(b"{}", webhook_signature="v1,AAAA")
    assert {**answer.json(), "request_id": ""} == {**plain.json(), "request_id": ""}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1, 2]", "application/json", 400),
        (b'{"pad": "' + b"x" * 300 * 1024 + b'"}', "application/json", 413),
        (b"EventType=SystemRegistered", "application/x-www-form-urlencoded", 415),
    ],
    ids=["not JSON", "not an object", "300 KiB", "not JSON media type"],
)
def test_body_that_is_no_message_is_answered_with_its_problem(wire, body, content_type, status):
    answer = wire.webhook().send_raw(body, content_type=content_type)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(PROBLEM)


def test_unknown_address_is_not_found(wire):
    sender = wire.webhook()
    sender.url = sender.url.rsplit("/", 1)[0] + "/nobodys-token"
    answer = sender.send(registration())
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith(PROBLEM)
