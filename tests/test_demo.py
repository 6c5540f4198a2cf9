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
