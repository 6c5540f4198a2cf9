"""The demo is repeatable, and nobody gets hold of its logins over the wire."""

import pytest
from psa_cli import demo
from psa_cli.wire import Refused, Wire


def test_demo_played_twice_succeeds_twice(instance, capsys):
    for _ in range(2):
        code = demo.run(instance)
        lines = capsys.readouterr().out.splitlines()
        assert code == 0, "\n".join(lines)
        assert all(line.startswith("✓ ") for line in lines)
        assert sum("refused" in line for line in lines) >= 2


def test_logins_asked_for_over_the_wire_are_refused(instance):
    for role in instance["users"]:
        with pytest.raises(Refused):
            Wire(instance).person(role).call("psa.demo", "issue_credentials")


def test_demo_company_has_what_an_msp_has(instance):
    operations = Wire(instance).person("operations")
    assert operations.call("psa.asset", "search_count", []) >= 60
    assert operations.call("helpdesk.ticket", "search_count", []) >= 40
    tickets = operations.call("helpdesk.ticket", "search_read", [], ["stage_id"])
    assert len({ticket["stage_id"][0] for ticket in tickets}) == 9


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
}


@pytest.mark.parametrize("what", GOVERNED)
def test_demo_company_has_what_the_governance_screens_show(instance, what):
    role, model, domain = GOVERNED[what]
    assert Wire(instance).person(role).call(model, "search_count", domain)
