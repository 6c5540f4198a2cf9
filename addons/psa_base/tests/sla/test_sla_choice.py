from odoo.tests import tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestSlaChoice(PsaCase):
    """Of the rules that match a ticket, the most specific one is promised, and people can ask why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.use_sla = True
        cls.category = cls.env["helpdesk.ticket.category"].create({"name": "Network"})
        cls.tag = cls.env["helpdesk.ticket.tag"].create({"name": "VIP"})
        cls.everyone = cls.create_rule("Everyone")
        cls.of_team = cls.create_rule("Team", team_ids=cls.team.ids)
        cls.of_priority = cls.create_rule("High", priority="2")
        cls.of_category = cls.create_rule("Network", category_ids=cls.category.ids)
        cls.of_asset = cls.create_rule("Reception", asset_ids=cls.asset.ids)
        cls.of_client = cls.create_rule("Harbour Dental", partner_ids=cls.client_company.ids)
        cls.of_other_client = cls.create_rule("Blue Gum", partner_ids=cls.other_company.ids)

    @classmethod
    def create_rule(cls, name, **values):
        return cls.env["helpdesk.sla"].create({"name": name, "hours": 4, "stage_id": cls.closed.id, **values})

    def assert_promised(self, ticket, rule):
        self.assertEqual(ticket.sudo().ticket_sla_ids.sla_id.mapped("name"), rule.mapped("name"))

    def test_more_specific_rule_wins_step_by_step(self):
        ticket = self.create_ticket(priority="2", category_id=self.category.id, asset_id=self.asset.id)
        ladder = (self.of_client, self.of_asset, self.of_category, self.of_priority, self.of_team, self.everyone)
        for rule in ladder:
            self.assert_promised(ticket, rule)
            rule.active = False
        self.assertFalse(ticket.sudo().ticket_sla_ids)

    def test_rule_that_asks_for_more_wins_within_the_same_rank(self):
        both = self.create_rule("Harbour Dental, high", partner_ids=self.client_company.ids, priority="2")
        ticket = self.create_ticket(priority="2")
        self.assert_promised(ticket, both)
        ticket.with_user(self.operations).priority = "1"
        self.assert_promised(ticket, self.of_client)

    def test_sequence_decides_between_equals(self):
        self.assert_promised(self.create_ticket(), self.of_client)
        later = self.create_rule("First of two", partner_ids=self.client_company.ids, sequence=1)
        self.assert_promised(self.create_ticket(), later)

    def test_tags_and_filters_count_like_categories(self):
        self.of_client.active = False
        tagged_rule = self.create_rule("VIP", tag_ids=self.tag.ids)
        filtered_rule = self.create_rule("Printers", domain="[('name', 'ilike', 'printer')]", sequence=20)
        ticket = self.create_ticket()
        self.assert_promised(ticket, filtered_rule)
        ticket.tag_ids = self.tag
        self.assert_promised(ticket, tagged_rule)
        ticket.write({"tag_ids": [(5,)], "name": "Screen is black"})
        self.assert_promised(ticket, self.of_team)

    def test_another_client_or_asset_brings_its_rule(self):
        ticket = self.create_ticket()
        ticket.write({"partner_id": self.other_company.id})
        self.assert_promised(ticket, self.of_other_client)
        self.of_other_client.active = False
        self.assert_promised(ticket, self.of_team)

    def test_layers_and_targets_are_chosen_apart(self):
        internal = self.create_rule("Internal", layer="internal")
        response = self.create_rule("Response", target="response", stage_id=self.triage.id)
        self.assert_promised(self.create_ticket(), (self.of_client | internal | response).sorted("layer"))

    def test_rule_without_time_promises_nothing(self):
        self.create_rule("No time", partner_ids=self.client_company.ids, hours=0, sequence=1)
        self.assert_promised(self.create_ticket(), self.of_client)

    def test_hours_come_from_rule_then_client_then_team(self):
        calendars = self.env["resource.calendar"].create([{"name": name} for name in ("rule", "client", "team")])
        self.team.resource_calendar_id = calendars[2]
        internal = self.create_rule("Internal", layer="internal", team_ids=self.team.ids)
        ticket = self.create_ticket()
        rows = ticket.sudo().ticket_sla_ids
        self.assertEqual(rows.mapped("calendar_id.name"), ["team"])
        self.client_company.service_calendar_id = calendars[1]
        hours = {row.layer: row.calendar_id.name for row in ticket.sudo().ticket_sla_ids}
        self.assertEqual(hours, {"client": "client", "internal": "team"})
        (self.of_client | internal).calendar_id = calendars[0]
        self.assertEqual(ticket.sudo().ticket_sla_ids.mapped("calendar_id.name"), ["rule"])

    def test_explanation_names_the_winner_and_says_why_not_the_others(self):
        ticket = self.create_ticket(priority="1")
        action = ticket.with_user(self.operations).action_explain_sla()
        explanation = self.env[action["res_model"]].with_user(self.operations).browse(action["res_id"])
        verdicts = {line.sla_id.name: (line.is_chosen, line.reason) for line in explanation.line_ids}
        self.assertEqual(verdicts["Harbour Dental"], (True, "Applies. Clients: only Harbour Dental"))
        self.assertEqual(verdicts["Team"], (False, "Matches, but “Harbour Dental” is more specific."))
        self.assertEqual(verdicts["High"], (False, "Does not match. Priority: only High"))
        self.assertEqual(verdicts["Blue Gum"], (False, "Does not match. Clients: only Blue Gum Legal"))
        resolutions = explanation.line_ids.filtered(lambda line: (line.layer, line.target) == ("client", "resolution"))
        self.assertEqual(resolutions[0].sla_id, self.of_client)
