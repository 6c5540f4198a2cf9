"""The demo is repeatable, and nobody gets hold of its logins over the wire."""

import pytest
from psa_cli.demo import demo, vendors
from psa_cli.wire.wire import Refused


@pytest.mark.heavy
def test_demo_played_twice_succeeds_twice(instance, capsys, monkeypatch, full_size):
    if not full_size:
        # Not the time for the message to be tried again by itself: the demo asks for it then.
        monkeypatch.setattr(vendors, "SECONDS_FOR_A_RETRY", 1)
    for _ in range(2):
        code = demo.play(instance)
        lines = capsys.readouterr().out.splitlines()
        assert code == 0, "\n".join(lines)
        assert all(line.startswith("✓ ") for line in lines)
        assert sum("refused" in line for line in lines) >= 2


def test_logins_asked_for_over_the_wire_are_refused(instance, wire):
    for role in instance["users"]:
        with pytest.raises(Refused):
            wire.person(role).call("psa.demo", "issue_credentials")


def test_demo_company_has_what_an_msp_has(instance, wire):
    operations = wire.person("operations")
    assert operations.call("psa.asset", "search_count", []) >= 60
    assert operations.call("helpdesk.ticket", "search_count", []) >= 40
    tickets = operations.call("helpdesk.ticket", "search_read", [], ["stage_id"])
    assert len({ticket["stage_id"][0] for ticket in tickets}) == 9


def test_instance_tells_the_ways_in_of_all_vendors(instance):
    webhooks = instance["webhooks"]
    assert webhooks.keys() == {"generic", "pulseway", "rocketcyber"}
    assert len({webhook["url"] for webhook in webhooks.values()}) == 3
    assert len(webhooks["pulseway"]["secret"]) == 64


def test_demo_connections_never_call_a_vendor(instance, wire):
    admin = wire.person("admin")
    polled = ["|", ("poll_interval_minutes", ">", 0), ("inventory_interval_hours", ">", 0)]
    assert not admin.call("psa.hub.connection", "search_count", polled)
    addresses = admin.call("psa.hub.connection", "search_read", [("adapter", "!=", "generic")], ["base_url"])
    assert addresses
    assert all(row["base_url"].startswith("http://127.0.0.1:") for row in addresses)


GOVERNED = {
    "a missed target that nobody has explained": ("operations", "psa.sla.breach", [("is_open", "=", True)]),
    "a missed target with a reason": ("operations", "psa.sla.breach", [("reason_id", "!=", False)]),
    "an alert that reached somebody": ("operations", "psa.sla.alert", [("state", "=", "delivered")]),
    "a refused move": ("operations", "psa.lifecycle.refusal", [("gate_id", "!=", False)]),
    "an override": ("operations", "psa.lifecycle.move", [("is_override", "=", True)]),
    "a move by a timer": ("operations", "psa.lifecycle.move", [("origin", "=", "automation")]),
    "a timer that waits": ("operations", "psa.lifecycle.timer.due", [("state", "=", "waiting")]),
    "a ticket that came by itself": ("operations", "helpdesk.ticket", [("recurrence_id", "!=", False)]),
    "a checklist that is half done": ("operations", "psa.ticket.checklist.item", [("is_done", "=", False)]),
    "a client with other service hours": ("operations", "res.partner", [("service_calendar_id", "!=", False)]),
    "a what-if with its answer": ("admin", "psa.sla.whatif.result", [("outcome", "=", "newly_late")]),
    "an alert that comes and goes": ("operations", "psa.alert", [("is_flapping", "=", True)]),
    "an alert that a window suppressed": ("operations", "psa.alert", [("suppressed_by", "like", "Firmware")]),
    "an alert that a rule ignored": ("operations", "psa.alert", [("rule_id.outcome", "=", "ignore")]),
    "an alert that is over": ("operations", "psa.alert", [("state", "=", "recovered"), ("ticket_id", "!=", False)]),
    "a group that nobody knows": ("operations", "psa.hub.inbox", [("mend", "=", "map_client"), ("state", "=", "dead")]),
    "a device that may be another": ("operations", "psa.hub.inbox", [("mend", "=", "match_device")]),
    "an alert of no asset": ("operations", "psa.hub.inbox", [("mend", "=", "find_device")]),
    "a client that a vendor refused": ("operations", "psa.hub.outbox", [("state", "=", "dead")]),
    "a client that a vendor knows": ("operations", "psa.hub.outbox", [("state", "=", "sent")]),
    "an organization without a client": ("operations", "psa.hub.organization", [("partner_id", "=", False)]),
    "a conflict to decide": ("operations", "psa.hub.conflict", [("state", "=", "open")]),
    "a conflict that is decided": ("operations", "psa.hub.conflict", [("state", "=", "kept")]),
    "a machine that was reinstalled": ("operations", "psa.asset.identity", [("is_current", "=", False)]),
    "a maintenance window of every week": ("operations", "psa.maintenance.window", [("is_weekly", "=", True)]),
    "an alarm": ("operations", "psa.hub.alarm", [("state", "=", "open")]),
}


@pytest.mark.parametrize("what", GOVERNED)
def test_demo_company_has_what_the_screens_show(instance, wire, what):
    role, model, domain = GOVERNED[what]
    assert wire.person(role).call(model, "search_count", domain)
