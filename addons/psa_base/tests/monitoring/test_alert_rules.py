"""The rules as plain functions, by tables."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...tools.calendar.working_time import Shift, WorkingTime
from ...tools.monitoring import rules as alert_rules
from ...tools.monitoring.rules import DEFAULT, Facts, Pair, Rule

NOW = datetime(2026, 7, 6, 3)  # a Monday, 1 pm in Sydney
OFFICE = WorkingTime("Australia/Sydney", [Shift(day, 9 * 3600, 17 * 3600) for day in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)])
FACTS = Facts(
    connection_id=1,
    adapter="generic",
    company_id=1,
    partner_id=7,
    device="d-1",
    title="Backup of C: failed",
    message="Disk full on SRV-FS01",
    priority="elevated",
    condition="backup of c: failed",
    at=NOW,
    asset_id=3,
    asset_name="SRV-FS01",
    os_info="Windows Server 2022",
)


@tagged("post_install", "-at_install")
class TestAlertRules(BaseCase):
    def test_text_matches_patterns(self):
        table = [
            ("backup", "Backup of C: failed", True),
            ("BACKUP  of", "backup of c:", True),
            ("restore", "Backup of C: failed", False),
            ("backup*failed", "Backup of C: failed", True),
            ("backup*fail", "Backup of C: failed", False),
            ("*fail*", "Backup of C: failed", True),
            ("*", "", True),
            ("a*a", "a", False),
            ("a*b*c", "a-c-b", False),
            ("a*b*b", "a-b", False),
            ("srv-*", "srv-fs01", True),
            ("srv-*", "nas-srv-1", False),
            ("[ab]*", "[ab] bracket", True),
            ("[ab]*", "a", False),
            (".*", "anything", False),
            ("%", "100% full", True),
        ]
        for pattern, text, expected in table:
            with self.subTest(pattern=pattern, text=text):
                self.assertIs(alert_rules.matches(alert_rules.split_patterns(pattern), text), expected)

    def test_lines_are_alternatives(self):
        patterns = alert_rules.split_patterns("offline\n\n  not  reachable ")
        self.assertEqual(patterns, ("offline", "not reachable"))
        self.assertTrue(alert_rules.matches(patterns, "Host is not reachable"))

    @settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=4), st.text("ab", max_size=8))
    def test_stars_stand_for_anything(self, parts, text):
        """Against a pattern matcher that tries every way."""

        def covers(parts, text):
            if len(parts) == 1:
                return text == parts[0]
            return text.startswith(parts[0]) and any(
                covers(parts[1:], text[place:]) for place in range(len(parts[0]), len(text) + 1)
            )

        expected = parts[0] in text if len(parts) == 1 else covers(parts, text)
        self.assertEqual(alert_rules.matches(("*".join(parts),), text), expected)

    def test_each_condition_objects_by_its_name(self):
        table = [
            ({}, []),
            ({"company_id": 1}, []),
            ({"company_id": 2}, ["company_id"]),
            ({"connection_ids": frozenset({1, 2})}, []),
            ({"connection_ids": frozenset({2})}, ["connection_ids"]),
            ({"adapter": "generic"}, []),
            ({"adapter": "pulseway"}, ["adapter"]),
            ({"partner_ids": frozenset({7})}, []),
            ({"partner_ids": frozenset({8})}, ["partner_ids"]),
            ({"asset_patterns": ("srv-*",)}, []),
            ({"asset_patterns": ("ws-*",)}, ["asset_patterns"]),
            ({"os_patterns": ("windows server",)}, []),
            ({"os_patterns": ("macos",)}, ["os_patterns"]),
            ({"title_patterns": ("backup*failed",)}, []),
            ({"title_patterns": ("offline",)}, ["title_patterns"]),
            ({"message_patterns": ("disk full",)}, []),
            ({"message_patterns": ("cpu",)}, ["message_patterns"]),
            ({"priorities": frozenset({"elevated", "critical"})}, []),
            ({"priorities": frozenset({"low"})}, ["priorities"]),
            ({"working_time": OFFICE}, []),
            ({"working_time": OFFICE, "is_within_hours": False}, ["hours"]),
            ({"adapter": "x", "title_patterns": ("y",)}, ["adapter", "title_patterns"]),
        ]
        for values, expected in table:
            with self.subTest(**values):
                self.assertEqual(Rule(**values).get_objections(FACTS), expected)

    def test_hours_are_those_of_the_calendars_zone(self):
        night = FACTS._replace(at=NOW + timedelta(hours=9))
        self.assertEqual(Rule(working_time=OFFICE).get_objections(night), ["hours"])
        self.assertEqual(Rule(working_time=OFFICE, is_within_hours=False).get_objections(night), [])

    def test_first_rule_that_is_for_the_alert_decides(self):
        rules = (Rule(id=1, adapter="x"), Rule(id=2, title_patterns=("backup",)), Rule(id=3))
        self.assertEqual(alert_rules.choose(rules, FACTS).id, 2)
        self.assertEqual(alert_rules.choose(rules, FACTS._replace(title="CPU")).id, 3)
        self.assertEqual(alert_rules.choose((), FACTS), DEFAULT)

    def test_default_makes_a_ticket_with_the_priority_one_to_one(self):
        self.assertEqual(DEFAULT.outcome, "ticket")
        levels = {priority: DEFAULT.get_level(priority) for priority in ("low", "normal", "elevated", "critical")}
        self.assertEqual(levels, {"low": "0", "normal": "1", "elevated": "2", "critical": "3"})
        self.assertEqual(Rule(levels=(("low", "1"),)).get_level("low"), "1")

    def test_grouping_says_what_is_one_ticket(self):
        other_condition = FACTS._replace(condition="cpu")
        other_device = FACTS._replace(asset_id=4, device="d-2")
        other_client = other_device._replace(partner_id=8)
        table = [
            ("device_condition", other_condition, False),
            ("device_condition", other_device, False),
            ("device", other_condition, True),
            ("device", other_device, False),
            ("client_condition", other_device, True),
            ("client_condition", other_condition, False),
            ("client_condition", other_client, False),
        ]
        for grouping, other, is_same in table:
            with self.subTest(grouping=grouping, other=other):
                rule = Rule(grouping=grouping)
                self.assertIs(alert_rules.get_key(rule, FACTS) == alert_rules.get_key(rule, other), is_same)

    def test_reinstalled_machine_has_the_same_key(self):
        self.assertEqual(
            alert_rules.get_key(DEFAULT, FACTS), alert_rules.get_key(DEFAULT, FACTS._replace(device="new id"))
        )

    def test_device_and_incident_are_the_same_whoever_has_them(self):
        table = [
            ({}, True),
            ({"device": "", "asset_id": 0, "condition": "incident:1"}, True),
            ({"device": "", "asset_id": 0}, False),
        ]
        for values, is_same in table:
            with self.subTest(**values):
                facts = FACTS._replace(**values)
                keys = {alert_rules.get_condition_key(facts._replace(partner_id=partner_id)) for partner_id in (7, 8)}
                self.assertIs(len(keys) == 1, is_same)

    def test_alerts_without_a_device_are_not_thrown_together(self):
        rule = Rule(grouping="device")
        first = FACTS._replace(device="", condition="incident:1")
        second = first._replace(condition="incident:2")
        self.assertNotEqual(alert_rules.get_key(rule, first), alert_rules.get_key(rule, second))

    def test_connections_have_their_own_keys(self):
        self.assertNotEqual(
            alert_rules.get_key(DEFAULT, FACTS), alert_rules.get_key(DEFAULT, FACTS._replace(connection_id=2))
        )

    def test_recovery_title_names_what_it_ends(self):
        pairs = (
            Pair(1, ("back online",), ("offline", "not reachable")),
            Pair(2, ("*ok",), ("disk*",), "pulseway"),
        )
        online, ok = FACTS._replace(title="Device BACK online"), FACTS._replace(title="Disk ok")
        self.assertEqual(alert_rules.get_ended_patterns(pairs, online), ("offline", "not reachable"))
        self.assertEqual(alert_rules.get_ended_patterns(pairs, ok), ())
        self.assertEqual(alert_rules.get_ended_patterns(pairs, ok._replace(adapter="pulseway")), ("disk*",))
        self.assertEqual(alert_rules.get_ended_patterns(pairs, FACTS), ())

    def test_flapping_counts_openings_in_its_time(self):
        rule = Rule(flap_count=3, flap_minutes=60)
        openings = [NOW - timedelta(minutes=minutes) for minutes in (0, 20, 59)]
        self.assertTrue(alert_rules.is_flapping(rule, openings, NOW))
        self.assertFalse(alert_rules.is_flapping(rule, [*openings[:2], NOW - timedelta(minutes=60)], NOW))
        self.assertFalse(alert_rules.is_flapping(DEFAULT, openings, NOW))
