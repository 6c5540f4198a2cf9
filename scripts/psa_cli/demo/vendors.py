"""The second chapter of `scripts/psa demo`: Pulseway and RocketCyber, as the simulator plays them."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import requests

from ..wire.simulator import Simulator
from ..wire.wire import Refused, utc_stamp, wait_for
from .story import Story, expect

SECONDS_FOR_A_JOB = 90
# So long a message that failed may take to be tried again by itself; then somebody asks for it.
SECONDS_FOR_A_RETRY = 20

CLIENT, ORGANIZATION, ACCOUNT = "Northwind Dental", 4821, 51877
VENDORS = {"pulseway": "pulseway/v3", "rocketcyber": "rocketcyber/v3"}
CREDENTIALS = {
    "pulseway": {"identifier": "sim-token-id", "secret": "sim-token-secret"},
    "rocketcyber": {"secret": "sim-rocketcyber-token"},
}


def vendors_are_connected(story: Story) -> Iterator[str]:
    """The connections of the demo company are pointed at the simulator, and back when the demo ends."""
    started = int(time.time())
    simulator = story.afterwards.enter_context(Simulator(first_id=started))
    story.vendors = {"simulator": simulator, "started": started}
    yield f"the vendors' simulator is at {simulator.url}"
    admin = story.person("admin")
    for vendor, path in VENDORS.items():
        token = story.wire.instance["webhooks"][vendor]["url"].rsplit("/", 1)[-1]
        fields = ["name", "base_url", "may_use_http", "creates_organizations"]
        connection = admin.read_one("psa.hub.connection", [("token", "=", token)], fields)
        expect(connection, f"no connection has the address of {vendor} that instance.json tells")
        story.vendors[vendor] = connection["id"]
        before = {name: connection[name] for name in ("base_url", "may_use_http")}
        story.afterwards.callback(_put_back, story, connection["id"], **before)
        _write(story, connection["id"], base_url=f"{simulator.url}/{path}", may_use_http=True)
        dialog = {"connection_id": connection["id"], "kind": "credential", **CREDENTIALS[vendor]}
        admin.call("psa.hub.credential", "action_keep", [admin.call("psa.hub.credential", "create", dialog)])
        said = admin.call("psa.hub.connection", "action_test_connection", [connection["id"]])["params"]
        expect(said["type"] == "success", f"{connection['name']} could not be reached: {said['message']}")
        yield said["message"].strip()


def client_meets_a_fault(story: Story) -> Iterator[str]:
    """Pulseway is out of order when it is to hear of a new client. The client is saved all the same."""
    simulator, pulseway = story.vendors["simulator"], story.vendors["pulseway"]
    admin = story.person("admin")
    stranger = {"name": f"Wollemi Outdoor {utc_stamp()}", "is_company": True}
    story.vendors["stranger"] = {**stranger, "id": admin.call("res.partner", "create", stranger)}
    _write(story, pulseway, creates_organizations=True)
    story.afterwards.callback(_put_back, story, pulseway, creates_organizations=False)
    simulator.fail("GET /pulseway/v3/organizations", 500)
    client = {"name": f"Jacaranda Vets {utc_stamp()}", "is_company": True}
    story.vendors["client"] = {**client, "id": admin.call("res.partner", "create", client)}
    _write(story, pulseway, creates_organizations=False)
    message = wait_for(lambda: _find_message(story, [("tries", ">", 0), ("state", "!=", "sending")]), SECONDS_FOR_A_JOB)
    simulator.mend()
    expect(message, f"{client['name']} was not told to Pulseway after {SECONDS_FOR_A_JOB} s")
    expect(message["state"] == "waiting", f"the message is {message['state']}: {message['reason']}")
    yield f"{client['name']} is saved; its message waits for the next try: “{message['reason']}”"


def poll_finds_devices(story: Story) -> Iterator[str]:
    """One of a client, which becomes an asset; one of an organization that nobody has linked."""
    simulator, stranger = story.vendors["simulator"], story.vendors["stranger"]
    simulator.add("pulseway/organizations", name=CLIENT, identifier=ORGANIZATION)
    unknown = simulator.add("pulseway/organizations", name=f"{stranger['name']} Pty Ltd")
    known, lost = story.name.replace("NWD", "NWD-PW"), story.name.replace("NWD", "WOL")
    systems = {"serial": story.device[-8:].upper(), "os": "Windows Server 2025"}
    story.vendors["device"] = simulator.add("pulseway/devices", name=known, organization_id=ORGANIZATION, **systems)
    story.vendors["lost"] = simulator.add("pulseway/devices", name=lost, organization_id=unknown, os="Windows 11 Pro")
    yield _poll(story, "pulseway", "devices")
    asset = _find_asset(story, story.vendors["device"])
    expect(asset, f"no asset {known} after the poll")
    expect(asset["partner_id"][1] == CLIENT, f"the asset belongs to {asset['partner_id'][1]}, not to {CLIENT}")
    story.vendors["asset"] = asset
    yield f"{asset['name']} of {CLIENT}, {asset['os_info']}, serial {asset['serial_number']}"


def dead_letter_is_mended(story: Story) -> Iterator[str]:
    """Operations say whose organization it is, and what waited for that is worked."""
    operations, stranger = story.person("operations"), story.vendors["stranger"]
    lost = [("device_key", "=", story.vendors["lost"])]
    fields = ["reason", "state", "mend", "mend_values", "connection_id"]
    letter = wait_for(
        lambda: operations.read_one("psa.hub.inbox", [*lost, ("state", "!=", "received")], fields), SECONDS_FOR_A_JOB
    )
    expect(letter, f"the device without a client is not in the inbox after {SECONDS_FOR_A_JOB} s")
    expect(letter["state"] == "dead" and letter["mend"] == "map_client", f"the message is {letter['state']}")
    yield f"dead letter: “{letter['reason']}”"
    facts = letter["mend_values"]
    values = {
        "connection_id": letter["connection_id"][0],
        "group": facts["group"],
        "organization_id": facts["organization_id"],
        "partner_id": stranger["id"],
    }
    dialog = operations.call("psa.hub.map.client", "create", values)
    operations.call("psa.hub.map.client", "action_map", [dialog])
    letter = operations.read_one("psa.hub.inbox", lost, fields)
    expect(letter["state"] == "done", f"the replay left it {letter['state']}: {letter['reason']}")
    asset = _find_asset(story, story.vendors["lost"])
    expect(asset["partner_id"][0] == stranger["id"], f"the asset belongs to {asset['partner_id'][1]}")
    yield f"linked to {stranger['name']} and replayed: {asset['name']} is an asset"


def pulseway_alerts(story: Story) -> Iterator[str]:
    """Offline, still offline, online again: one ticket, and its alert is over."""
    asset, operations = story.vendors["asset"], story.person("operations")
    alerts = [("asset_id", "=", asset["id"])]
    _send_notification(story, 1, f"{asset['name']} is offline", "Critical")
    fields = ["state", "occurrence_count", "ticket_id"]
    alert = wait_for(
        lambda: operations.read_one("psa.alert", [*alerts, ("ticket_id", "!=", False)], fields), SECONDS_FOR_A_JOB
    )
    expect(alert, f"no ticket of the alert on {asset['name']} after {SECONDS_FOR_A_JOB} s")
    yield f"202, {alert['ticket_id'][1]}"
    _send_notification(story, 2, f"{asset['name']} is offline", "Critical")
    again = wait_for(
        lambda: operations.read_one("psa.alert", [*alerts, ("occurrence_count", "=", 2)], fields), SECONDS_FOR_A_JOB
    )
    expect(again and again["ticket_id"] == alert["ticket_id"], "the repeat was not counted on the same ticket")
    yield "its repeat is counted: seen twice, the same ticket"
    _send_notification(story, 3, f"{asset['name']} is back online", "Normal")
    over = wait_for(
        lambda: operations.read_one("psa.alert", [*alerts, ("state", "=", "recovered")], fields), SECONDS_FOR_A_JOB
    )
    expect(over, "“back online” did not end the alert")
    tickets = operations.call("helpdesk.ticket", "search_count", alerts)
    expect(tickets == 1, f"the device has {tickets} tickets, not one")
    yield "“back online”: the alert is over, and its ticket says so"


def incident_is_polled(story: Story) -> Iterator[str]:
    operations = story.person("operations")
    title = f"Encoded PowerShell on FRONTDESK-02 ({utc_stamp()})"
    incident = {"id": story.vendors["started"], "title": title, "account_id": ACCOUNT, "account_name": CLIENT}
    story.vendors["simulator"].add("rocketcyber/incidents", **incident)
    yield _poll(story, "rocketcyber", "alerts")
    fields = ["number", "commercial_partner_id", "priority", "team_id"]
    ticket = wait_for(lambda: operations.read_one("helpdesk.ticket", [("name", "=", title)], fields), SECONDS_FOR_A_JOB)
    expect(ticket, f"no ticket of the incident after {SECONDS_FOR_A_JOB} s")
    expect(ticket["commercial_partner_id"][1] == CLIENT, f"the ticket's client is {ticket['commercial_partner_id']}")
    yield f"{ticket['number']} “{title}”, client {CLIENT}, team {ticket['team_id'][1]}"


def message_arrives(story: Story) -> Iterator[str]:
    """The message that met the fault has gone out since, or goes at once when somebody asks."""
    operations, client, sent = story.person("operations"), story.vendors["client"], [("state", "=", "sent")]
    how = "by itself"
    message = wait_for(lambda: _find_message(story, sent), SECONDS_FOR_A_RETRY)
    if not message:
        operations.call("psa.hub.outbox", "action_replay", [_find_message(story, [])["id"]])
        how = "when it was asked for again"
        message = wait_for(lambda: _find_message(story, sent), SECONDS_FOR_A_JOB)
    expect(message, f"Pulseway has not heard of {client['name']}")
    calls = story.vendors["simulator"].find_calls("POST", "/pulseway/v3/organizations")
    calls = [call for call in calls if client["name"] in call["body"]]
    expect(len(calls) == 1, f"Pulseway was asked {len(calls)} times to create the client")
    organization = operations.read_one("psa.hub.organization", [("partner_id", "=", client["id"])], ["external_id"])
    expect(organization and organization["external_id"] == message["external_id"], "the client has no organization")
    yield f"{how}: {client['name']} is organization {message['external_id']}, created once"


def _poll(story: Story, vendor: str, kind: str) -> str:
    """Poll now, and what came of it in numbers."""
    operations, connection = story.person("operations"), story.vendors[vendor]
    mine = [("connection_id", "=", connection), ("kind", "=", kind)]
    before = operations.read_one("psa.hub.sync", mine, ["id"]).get("id", 0)
    operations.call("psa.hub.connection", "action_poll_now", [connection])
    fields = ["state", "seen_count", "created_count", "unchanged_count", "triage_count", "reason"]
    ended = [*mine, ("id", ">", before), ("state", "!=", "running")]
    run = wait_for(lambda: operations.read_one("psa.hub.sync", ended, fields), SECONDS_FOR_A_JOB)
    expect(run, f"the poll of {kind} has not ended after {SECONDS_FOR_A_JOB} s")
    expect(run["state"] == "done", f"the poll of {kind} failed: {run['reason']}")
    triage = f", {run['triage_count']} to triage" if run["triage_count"] else ""
    return f"polled: {run['seen_count']} seen, {run['created_count']} new{triage}"


def _send_notification(story: Story, number: int, title: str, priority: str) -> None:
    notification = {
        "Id": story.vendors["started"] * 10 + number,
        "Title": title,
        "Message": f"{title}.",
        "DateTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Priority": priority,
        "DeviceIdentifier": story.vendors["device"],
        "OrganizationId": ORGANIZATION,
    }
    answer = story.wire.webhook("pulseway").send(notification)
    expect(answer.status_code == 202, f"the webhook answered {answer.status_code}: {answer.text[:200]}")


def _find_asset(story: Story, identifier: str) -> dict[str, Any]:
    fields = ["name", "partner_id", "os_info", "serial_number"]
    return story.person("support").read_one("psa.asset", [("pulseway_id", "=", identifier)], fields)


def _find_message(story: Story, domain: list[Any]) -> dict[str, Any]:
    """The message that tells Pulseway of the new client."""
    mine = [("res_model", "=", "res.partner"), ("res_id", "=", story.vendors["client"]["id"])]
    fields = ["state", "reason", "tries", "external_id"]
    return story.person("operations").read_one("psa.hub.outbox", [*mine, *domain], fields)


def _put_back(story: Story, connection: int, **values: Any) -> None:
    """However the demo ended; a suite that does not answer any more has said so already."""
    with suppress(Refused, requests.RequestException):
        _write(story, connection, **values)


def _write(story: Story, connection: int, **values: Any) -> None:
    story.person("admin").call("psa.hub.connection", "write", [connection], values)


STEPS: tuple[tuple[str, Callable[[Story], Iterator[str]]], ...] = (
    ("The vendors are connected", vendors_are_connected),
    ("A new client, and the vendor stumbles", client_meets_a_fault),
    ("A poll finds devices", poll_finds_devices),
    ("A dead letter is mended", dead_letter_is_mended),
    ("Pulseway alerts", pulseway_alerts),
    ("RocketCyber has an incident", incident_is_polled),
    ("The vendor hears of the client", message_arrives),
)
