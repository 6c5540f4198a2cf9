"""What other people's programs sign is accepted: the official Standard Webhooks library, and Pulseway's scheme."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest

import pytest
import requests
from psa_cli.wire.wire import TIMEOUT, new_delivery_id
from standardwebhooks import Webhook

from .hub_ledger import Ledger
from .hub_traffic import Connection, new_run, registration

DECADES = 60 * 365 * 24 * 3600  # seconds: the sample below has the date of when it was made

# A message in the vendor's shape with the signatures of this very text; the key is text, or bytes in hexadecimal.
PULSEWAY_KEY = "0123456789abcdef" * 4
PULSEWAY_DEVICE = "3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b"
PULSEWAY_BODY = (
    b'{"Id":88121,"Title":"Low disk space","Message":"Drive C: on \'SRV-FS01\' has 4% free.",'
    b'"DateTime":"2026-11-20T08:15:02Z","Priority":"Critical",'
    b'"DeviceIdentifier":"3d0c6a52-7f0e-4b4f-9a51-0c1d2e3f4a5b","OrganizationId":4821}'
)
PULSEWAY_SIGNATURES = {
    "as text": "qNuv0jL+VpSbBIeOI66or2J/Zi1mIXPLXVu8j+cK1qA=",
    "as bytes": "YTgsAZTa/blCt4X5mG5lR05xPtzMuRDxqYypNqejYqE=",
}


def post(url: str, body: bytes, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(url, data=body, headers={"Content-Type": "application/json", **named}, timeout=TIMEOUT)


# --- Standard Webhooks ---


def test_official_library_signs_what_is_accepted(server, wire):
    connection = Connection.create(wire)
    device, delivery_id, now = new_run(), new_delivery_id(), datetime.now(UTC)
    body = json.dumps(registration(device).payload)
    secret = "whsec_" + b64encode(connection.hook.key).decode()
    headers = {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(delivery_id, now, body),
    }
    answer = post(connection.hook.url, body.encode(), **headers)
    assert answer.status_code == 202
    ledger = Ledger(server, connection.id)
    assert ledger.wait_until_worked()[delivery_id].state == "done"
    assert ledger.count_assets(device) == {device: 1}


def test_what_the_tests_sign_is_genuine_for_official_library(instance, wire):
    hook = wire.webhook()
    body = json.dumps(registration(new_run()).payload).encode()
    secret = "whsec_" + b64encode(hook.key).decode()
    assert Webhook(secret).verify(body, hook.sign(body, new_delivery_id()))


# --- Pulseway ---


def connect_pulseway(wire, **values) -> tuple[int, str]:
    """A connection with the secret that the vendor gave out, entered as a person does it: its ID and its address."""
    admin = wire.person("admin")
    connection = Connection.create(wire, "pulseway", **values)
    dialog = admin.call("psa.hub.connection", "action_enter_signing_secret", [connection.id])
    entered = admin.call(dialog["res_model"], "create", {"secret": PULSEWAY_KEY}, context=dialog["context"])
    admin.call(dialog["res_model"], "action_keep", [entered])
    return connection.id, connection.hook.url


@pytest.mark.parametrize("signature", PULSEWAY_SIGNATURES.values(), ids=PULSEWAY_SIGNATURES)
def test_pulseway_sample_with_its_documented_signature_is_accepted_once(server, wire, signature):
    connection_id, url = connect_pulseway(wire, tolerance_seconds=DECADES)
    answers = [post(url, PULSEWAY_BODY, x_hmac_signature=signature) for _each in range(2)]
    assert [answer.status_code for answer in answers] == [202, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    [message] = Ledger(server, connection_id).wait_until_worked().values()
    assert (message.state, message.mend) == ("dead", "find_device")
    assert PULSEWAY_DEVICE in message.reason


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (PULSEWAY_BODY, ""),
        (PULSEWAY_BODY, "bm90IGEgc2lnbmF0dXJl"),
        (PULSEWAY_BODY.replace(b"4%", b"5%"), PULSEWAY_SIGNATURES["as text"]),
    ],
    ids=["missing", "wrong", "of another body"],
)
def test_pulseway_message_with_another_signature_is_refused(server, wire, body, signature):
    connection_id, url = connect_pulseway(wire, tolerance_seconds=DECADES)
    assert post(url, body, x_hmac_signature=signature).status_code == 401
    assert not Ledger(server, connection_id).messages()


def test_pulseway_message_that_is_too_old_is_refused(instance, wire):
    _connection_id, url = connect_pulseway(wire, tolerance_seconds=3600)
    assert post(url, PULSEWAY_BODY, x_hmac_signature=PULSEWAY_SIGNATURES["as text"]).status_code == 401


def test_pulseway_alert_of_known_device_becomes_its_ticket(server, wire):
    device = new_run()
    generic = Connection.create(wire)
    told = registration(device)
    assert generic.hook.send(told.payload, told.id).status_code == 202
    Ledger(server, generic.id).wait_until_worked()

    connection_id, url = connect_pulseway(wire)
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    alert = {**json.loads(PULSEWAY_BODY), "DateTime": moment, "DeviceIdentifier": device}
    body = json.dumps(alert).encode()
    signature = b64encode(digest(PULSEWAY_KEY.encode(), body, sha256)).decode()
    assert post(url, body, x_hmac_signature=signature).status_code == 202
    ledger = Ledger(server, connection_id)
    [message] = ledger.wait_until_worked().values()
    assert message.state == "done", message.reason
    assert ledger.count_tickets(device) == {(device, "Low disk space"): 1}
