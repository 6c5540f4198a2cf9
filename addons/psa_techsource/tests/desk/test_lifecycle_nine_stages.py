from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.psa_base.tests.common import new_test_user

from ..common import TechsourceCase
from .nine_stages import MOVES

NAMES = [
    "Request",
    "Triage",
    "Assigned",
    "In Progress",
    "Pending Client",
    "Pending Third Party",
    "Resolved",
    "SVR Pending",
    "Closed",
]


@tagged("post_install", "-at_install")
class TestLifecycleNineStages(TechsourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # No reports here: they have tests of their own, and would get in the way of the moves.
        cls.lifecycle.write({"svr_draft_stage_id": False, "svr_send_stage_id": False})

    def put(self, ticket, code):
        if ticket.stage_id.code != code:
            ticket.with_user(self.admin).action_override_stage(self.stages[code], "Set up by a test")

    def test_stages_are_the_nine_in_their_order(self):
        self.assertEqual(self.lifecycle.stage_ids.mapped("name"), NAMES)
        self.assertEqual(self.lifecycle.initial_stage_id.code, "request")
        self.assertEqual(self.lifecycle.stage_ids.filtered("closed").mapped("code"), ["closed"])

    def test_every_pair_of_stages_is_allowed_or_refused_as_the_table_says(self):
        for move in self.lifecycle.transition_ids:
            move.gate_ids = False
        ticket = self.create_ticket()
        for start in self.stages:
            for target in self.stages:
                if start == target:
                    continue
                self.put(ticket, start)
                with self.subTest(start=start, target=target):
                    if (start, target) in MOVES:
                        self.move(ticket, target, "support")
                        self.assertEqual(ticket.stage_id.code, target)
                    else:
                        with self.assertRaisesRegex(UserError, "not an allowed move"):
                            self.move(ticket, target, "support")

    def test_each_move_is_open_to_its_roles_only(self):
        for move in self.lifecycle.transition_ids:
            pair = (move.from_stage_id.code, move.to_stage_id.code)
            allowed = {
                role
                for role, user in self.users.items()
                if not set(move.group_ids.ids).isdisjoint(user._get_group_ids())
            }
            self.assertEqual(allowed, MOVES[pair], pair)

    def test_work_cannot_start_without_an_engineer(self):
        ticket = self.create_ticket("assigned")
        ticket.user_id = False
        with self.assertRaisesRegex(UserError, "Assign an engineer first"):
            self.move(ticket, "in_progress", "operations")
        ticket.user_id = self.support
        self.move(ticket, "in_progress", "operations")

    def test_ticket_cannot_close_without_an_approved_report(self):
        ticket = self.create_ticket("svr_pending")
        with self.assertRaisesRegex(UserError, "has not approved"):
            self.move(ticket, "closed")
        with self.assertRaisesRegex(UserError, "has not approved"):
            ticket.sudo().stage_id = self.stages["closed"]
        self.assertEqual(ticket.stage_id.code, "svr_pending")

    def test_work_in_progress_keeps_its_engineer(self):
        other_team = self.team.copy({"name": "Projects", "user_ids": False})
        for values in ({"user_id": False}, {"team_id": other_team.id}):
            ticket = self.create_ticket("in_progress")
            with self.subTest(values), self.assertRaisesRegex(UserError, "needs an engineer"):
                ticket.with_user(self.operations).write(values)
        ticket = self.create_ticket("in_progress")
        self.move(ticket, "pending_client")
        with self.assertRaisesRegex(UserError, "Pending Client and needs an engineer"):
            ticket.user_id = False
        self.move(ticket, "in_progress")
        ticket.with_user(self.operations).user_id = self.support_colleague
        ticket.write({"user_id": False, "stage_id": self.stages["assigned"].id})
        self.assertFalse(ticket.user_id)

    def test_ticket_that_nobody_routed_comes_to_the_service_desk(self):
        values = {"name": "No sound", "description": "Since lunch"}
        for user in (self.support, self.operations):
            ticket = self.env["helpdesk.ticket"].with_user(user).create(values)
            self.assertEqual((ticket.team_id, ticket.stage_id.code), (self.team, "request"))

    def test_mail_to_no_teams_address_comes_to_the_service_desk(self):
        message = {"subject": "By mail", "body": "<p>Text</p>", "from": "kim@harbourdental.example"}
        ticket = self.env["helpdesk.ticket"].message_new(message)
        self.assertEqual((ticket.team_id, ticket.stage_id.code), (self.team, "request"))

    def test_ticket_of_people_without_a_role_here_is_left_to_oca(self):
        member = new_test_user(self.env, login="psa_test_oca", groups="helpdesk_mgmt.group_helpdesk_user")
        values = {"name": "No sound", "description": "Since lunch", "user_id": False}
        for user in (member, self.env.ref("base.user_root")):
            self.assertFalse(self.env["helpdesk.ticket"].with_user(user).create(values).team_id)

    def test_who_writes_a_ticket_down_is_not_its_engineer(self):
        self.env.company.helpdesk_mgmt_ticket_auto_assign = True
        tickets = self.env["helpdesk.ticket"].with_user(self.support)
        values = {"name": "No sound", "description": "Since lunch"}
        for given in ({}, {"team_id": self.team.id}):
            self.assertFalse(tickets.create({**values, **given}).user_id)
        for with_team in (tickets, tickets.with_context(default_team_id=self.team.id)):
            self.assertFalse(with_team.default_get(["team_id", "user_id"]).get("user_id"))
        free = self.env["helpdesk.ticket.team"].create({"name": "Free", "user_ids": [Command.set(self.support.ids)]})
        self.assertEqual(tickets.create({**values, "team_id": free.id}).user_id, self.support)
        chosen = tickets.with_context(default_user_id=self.support.id)
        self.assertEqual(chosen.create({**values, "team_id": self.team.id}).user_id, self.support)

    def test_ticket_that_is_given_no_team_comes_to_the_service_desk_too(self):
        values = {"name": "No sound", "description": "Since lunch"}
        tickets = self.env["helpdesk.ticket"].with_user(self.operations)
        loner = {"user_id": self.operations.id}
        for given in ({"team_id": False}, {"team_id": False, "user_id": False}, loner, {"team_id": False, **loner}):
            with self.subTest(given):
                ticket = tickets.create({**values, **given})
                self.assertEqual((ticket.team_id, ticket.stage_id.code), (self.team, "request"))
                self.assertEqual(ticket.move_ids.to_stage_id, ticket.stage_id)
        ticket = tickets.with_context(default_user_id=self.operations.id).create(values)
        self.assertEqual(ticket.team_id, self.team)
        result = tickets.load(["name", "description", "team_id"], [["Imported", "Text", ""]])
        self.assertEqual(tickets.browse(result["ids"]).team_id, self.team)

    def test_ticket_is_not_stripped_of_its_team(self):
        ticket = self.create_ticket()
        for user in (self.support, self.operations, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "does not go on"):
                ticket.with_user(user).sudo().write({"team_id": False})
        self.assertEqual(ticket.team_id, self.team)

    def test_resolution_is_written_when_there_is_something_to_read(self):
        ticket = self.create_ticket("in_progress")
        gate = self.env.ref("psa_techsource.gate_resolution_written")
        self.env.ref("psa_techsource.transition_in_progress_to_resolved").gate_ids += gate
        ticket.resolution = "<p><br></p>"
        with self.assertRaisesRegex(UserError, "Write down what was done"):
            self.move(ticket, "resolved")
        ticket.resolution = "<p>The drum was replaced.</p>"
        self.move(ticket, "resolved")
        self.assertEqual(ticket.stage_id.code, "resolved")

    def test_ticket_without_a_team_is_not_closed(self):
        with self.assertRaisesRegex(ValidationError, self.team.name):
            self.create_ticket(team_id=False, user_id=False, stage_id=self.stages["closed"].id)
