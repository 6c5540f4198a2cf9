"""`scripts/psa demo`: one incident from the device's registration to the posted invoice, then the vendors.

Over the wire only.
"""

from collections.abc import Callable, Iterator
from typing import Any

import requests

from ..odoo import instance
from ..ui import say
from ..wire.wire import Refused, Wire, new_delivery_id, refusal, text_of, utc_stamp, wait_for
from . import vendors
from .story import TICKET_FIELDS, Story, Surprise, expect

CLIENT = "Northwind Dental"
VENDOR = "Southern Cross Carrier"
SECONDS_FOR_A_JOB = 90


def people_log_in(story: Story) -> Iterator[str]:
    for role in story.wire.instance["users"]:
        story.person(role)
    rows = story.person("operations").call("helpdesk.ticket.stage", "search_read", [("code", "!=", False)], ["code"])
    story.stages = {row["code"]: row["id"] for row in rows}
    yield ", ".join(story.wire.instance["users"])


def device_registers(story: Story) -> Iterator[str]:
    story.registration = {
        "EventType": "SystemRegistered",
        "SystemIdentifier": story.device,
        "Name": story.name,
        "OS": "Windows 11 Pro 24H2",
        "Group": CLIENT,
        "CustomFields": {"Serial": story.device[:8].upper()},
    }
    delivery_id = new_delivery_id()
    first = story.wire.webhook().send(story.registration, delivery_id)
    expect(first.status_code == 202, f"the webhook answered {first.status_code}: {first.text[:200]}")
    yield f"202, inbox {first.json()['id']}"
    again = story.wire.webhook().send(story.registration, delivery_id)
    expect(again.status_code == 200, f"the same delivery again was answered {again.status_code}, not 200")
    expect(again.json() == {"id": first.json()["id"], "status": "duplicate"}, f"it said {again.text[:200]}")
    yield "the same delivery again: 200, duplicate of the same inbox row"


def asset_is_there(story: Story) -> Iterator[str]:
    support = story.person("support")
    fields = ["name", "partner_id", "os_info", "serial_number", "state"]
    story.asset = wait_for(
        lambda: support.read_one("psa.asset", [("pulseway_id", "=", story.device)], fields), SECONDS_FOR_A_JOB
    )
    expect(story.asset, f"no asset {story.name} after {SECONDS_FOR_A_JOB} s: is the job runner running?")
    asset = story.asset
    expect(asset["partner_id"][1] == CLIENT, f"the asset belongs to {asset['partner_id'][1]}, not to {CLIENT}")
    count = support.call("psa.asset", "search_count", [("pulseway_id", "=", story.device)])
    expect(count == 1, f"two deliveries made {count} assets")
    yield f"{asset['name']} of {asset['partner_id'][1]}, {asset['os_info']}, serial {asset['serial_number']}"


def alert_makes_ticket(story: Story) -> Iterator[str]:
    alert = {
        "EventType": "Notification",
        "SystemIdentifier": story.device,
        "Header": f"{story.name}: disk C: is 96 % full",
        "Message": "Drive C: has 9.1 GB of 237 GB left. Updates will fail below 8 GB.",
        "Priority": "Elevated",
    }
    answer = story.wire.webhook().send(alert)
    expect(answer.status_code == 202, f"the webhook answered {answer.status_code}: {answer.text[:200]}")
    operations = story.person("operations")
    mine = [("asset_id", "=", story.asset["id"])]
    story.ticket = wait_for(lambda: operations.read_one("helpdesk.ticket", mine, TICKET_FIELDS), SECONDS_FOR_A_JOB)
    expect(story.ticket, f"no ticket on {story.name} after {SECONDS_FOR_A_JOB} s")
    ticket = story.ticket
    expect(ticket["commercial_partner_id"][1] == CLIENT, f"the ticket's client is {ticket['commercial_partner_id']}")
    expect(ticket["priority"] == "2", f"an elevated alert has priority {ticket['priority']}, not 2 (high)")
    expect(ticket["team_id"], "the ticket has no team")
    yield (
        f"{ticket['number']} “{ticket['name']}”, priority high, client {CLIENT}, team {ticket['team_id'][1]}, "
        f"asset {ticket['asset_id'][1]}, stage {ticket['stage_id'][1]}"
    )


def ticket_gets_an_engineer(story: Story) -> Iterator[str]:
    yield story.move("operations", "triage")
    yield story.move("operations", "assigned")
    yield story.refused_move("operations", "in_progress", "nobody is its engineer")
    engineer = story.person("support")
    story.write_ticket("operations", user_id=engineer.uid)
    story.stage_of_ticket()
    yield f"engineer {story.ticket['user_id'][1]}"


def engineer_works(story: Story) -> Iterator[str]:
    support = story.person("support")
    for code in ("in_progress", "pending_client", "in_progress"):
        yield story.move("support", code)
    yield story.refused_move("support", "pending_third_party", "nobody said which vendor")
    vendor = support.read_one("res.partner", [("name", "=", VENDOR)], ["name"])
    story.write_ticket("support", vendor_id=vendor["id"], vendor_reference="INC-0815")
    yield story.move("support", "pending_third_party")
    yield story.move("support", "in_progress")
    entry = {
        "ticket_id": story.ticket["id"],
        "name": "Cleaned up the component store, moved the page file, extended the volume",
        "unit_amount": 1.5,
    }
    story.time_id = support.call("account.analytic.line", "create", entry)
    yield "1.5 hours written down"
    yield story.move("support", "resolved")


def time_is_approved(story: Story) -> Iterator[str]:
    with refusal() as said:
        story.person("support").call("account.analytic.line", "action_approve", [story.time_id])
    expect(said, "the engineer approved the own time")
    yield f"refused to the engineer, as it should be: “{said[0]}”"
    operations = story.person("operations")
    operations.call("account.analytic.line", "action_approve", [story.time_id])
    line = operations.read_one(
        "account.analytic.line", [("id", "=", story.time_id)], ["approval_state", "approved_by_id"]
    )
    expect(line["approval_state"] == "approved", f"the time is {line['approval_state']}")
    yield f"by {line['approved_by_id'][1]}"


def report_goes_out(story: Story) -> Iterator[str]:
    yield story.move("support", "svr_pending")
    yield story.refused_move("operations", "closed", "the client has not approved the report")


def client_approves(story: Story) -> Iterator[str]:
    client = story.person("client")
    mine = [("ticket_id", "=", story.ticket["id"]), ("state", "=", "sent")]
    story.svr = client.read_one("techsource.svr", mine, ["name", "access_url"])
    expect(story.svr, "the client sees no report to approve")
    url = story.svr["access_url"]
    page = client.get(url)
    expect(page.ok and story.ticket["number"] in text_of(page.text), f"{url} answered {page.status_code}")
    yield f"page {url} shows {story.svr['name']} on {story.ticket['number']}"
    pdf = client.get(f"{url}?report_type=pdf&download=true")
    expect(pdf.content.startswith(b"%PDF"), f"the PDF is {pdf.headers.get('Content-Type')}, not a PDF")
    yield f"PDF of {len(pdf.content) // 1024} KiB"
    client.post_form(f"{url}/approve", page.text, {"name": "Priya Raman"})
    svr = client.read_one(
        "techsource.svr", [("id", "=", story.svr["id"])], ["state", "decided_by_name", "content_hash"]
    )
    expect(svr["state"] == "approved", f"the report is {svr['state']} after the approval")
    yield f"approved by {svr['decided_by_name']}, SHA-256 {svr['content_hash'][:12]}…"


def ticket_is_closed(story: Story) -> Iterator[str]:
    if story.stage_of_ticket() != "Closed":
        yield story.move("operations", "closed")
    expect(story.ticket["stage_id"][0] == story.stages["closed"], f"the ticket is in {story.ticket['stage_id'][1]}")
    yield f"{story.ticket['number']} is closed"


def work_is_billed(story: Story) -> Iterator[str]:
    accounts = story.person("accounts")
    mine = [("invoice_line_ids.techsource_svr_id", "=", story.svr["id"])]
    fields = ["name", "state", "amount_untaxed", "amount_tax", "amount_total", "partner_id"]

    def find() -> dict[str, Any]:
        return accounts.read_one("account.move", mine, fields)

    if not find():  # billing looks by itself as well, soon after the approval
        accounts.call("techsource.svr", "action_bill", [story.svr["id"]])
    invoice = wait_for(find, seconds=10)
    expect(invoice, f"there is no invoice for {story.svr['name']}")
    if invoice["state"] == "draft":
        accounts.call("account.move", "action_post", [invoice["id"]])
    invoice = find()
    expect(invoice["state"] == "posted", f"the invoice is {invoice['state']}, not posted")
    untaxed, gst, total = (invoice[key] for key in ("amount_untaxed", "amount_tax", "amount_total"))
    expect(untaxed > 0, "the invoice is for nothing")
    expect(round(untaxed * 0.1, 2) == round(gst, 2), f"GST of {untaxed:.2f} is {gst:.2f}, not 10 %")
    yield f"{invoice['name']} for {invoice['partner_id'][1]}: {untaxed:.2f} + GST {gst:.2f} = {total:.2f} AUD, posted"


def program_makes_ticket(story: Story) -> Iterator[str]:
    api = story.wire.api()
    key, reference = new_delivery_id(), f"PO-{utc_stamp()}"
    body = {
        "subject": "Order two more licences for the imaging software",
        "description": "For the new chairs in surgery 5 and 6.",
        "priority": "low",
        "external_reference": reference,
    }
    first = api.post("/tickets", body, key)
    expect(first.status_code == 201, f"POST /tickets answered {first.status_code}: {first.text[:300]}")
    number = first.json()["number"]
    yield f"POST /tickets: 201, {number}, stage {first.json()['stage']['name']}"
    again = api.post("/tickets", body, key)
    expect(again.json().get("number") == number, f"the same request again made {again.text[:200]}")
    expect(again.headers.get("Idempotency-Replayed") == "true", "the repeated request is not marked as replayed")
    yield f"the same request again: {again.status_code}, {number}, Idempotency-Replayed: true"
    read = api.get(f"/tickets/{number}")
    expect(read.ok and read.json()["external_reference"] == reference, f"GET /tickets/{number}: {read.text[:200]}")
    yield f"GET /tickets/{number}: 200, reference {reference}"


STEPS: tuple[tuple[str, Callable[[Story], Iterator[str]]], ...] = (
    ("People log in", people_log_in),
    ("The device registers", device_registers),
    ("Its asset is there", asset_is_there),
    ("An alert makes a ticket", alert_makes_ticket),
    ("The ticket gets an engineer", ticket_gets_an_engineer),
    ("The engineer works", engineer_works),
    ("The time is approved", time_is_approved),
    ("The report goes out", report_goes_out),
    ("The client approves", client_approves),
    ("The ticket is closed", ticket_is_closed),
    ("The work is billed", work_is_billed),
    ("A client's program makes a ticket", program_makes_ticket),
    *vendors.STEPS,
)


def run() -> int:
    """Play all steps against the running suite."""
    return play(instance.need_running())


def play(suite: dict[str, Any]) -> int:
    """Play all steps, a line for each thing seen; 1 at the first that is not as it should be."""
    story = Story(Wire(suite))
    with story.afterwards:
        for title, step in STEPS:
            try:
                for fact in step(story):
                    say(f"✓ {title} — {fact}")
            except (Surprise, Refused) as problem:
                say(f"✗ {title} — {problem}")
                return 1
            except requests.RequestException as problem:
                say(f"✗ {title} — the suite at {story.wire.url} did not answer: {problem}")
                return 1
    return 0
