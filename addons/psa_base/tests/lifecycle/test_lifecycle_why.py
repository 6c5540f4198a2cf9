from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import PsaCase
from ..queries import count_queries


@tagged("post_install", "-at_install")
class TestLifecycleWhy(PsaCase):
    """Where a ticket can go from here, as its people see it."""

    def explain(self, ticket, user=None):
        """What `get_next_stages` says, by the name of the stage."""
        answer = ticket.with_user(user or self.support).get_next_stages()
        return {next_stage["stage"]["name"]: next_stage for next_stage in answer}

    def test_each_next_stage_is_listed(self):
        ticket = self.create_ticket(stage=self.triage)
        self.assertEqual(list(self.explain(ticket)), ["In progress"])
        ready = self.explain(ticket)["In progress"]
        self.assertTrue(ready["allowed"] and ready["role_ok"] and ready["is_forward"])
        self.assertFalse(ready["items"] or ready["roles"])

    def test_missing_role_names_the_roles_that_may(self):
        answer = self.explain(self.create_ticket())["Triage"]
        self.assertFalse(answer["allowed"] or answer["role_ok"])
        self.assertEqual(answer["roles"], ["Operations"])
        self.assertTrue(self.explain(self.create_ticket(), self.operations)["Triage"]["allowed"])

    def test_shut_gate_tells_its_message_and_the_field_to_mend(self):
        gate = self.add_gate(
            self.triage, self.in_progress, domain="[('user_id', '!=', False)]", message="Assign somebody first."
        )
        ticket = self.create_ticket(stage=self.triage)
        answer = self.explain(ticket)["In progress"]
        self.assertFalse(answer["allowed"])
        label = ticket.fields_get(["user_id"])["user_id"]["string"]
        self.assertEqual(
            answer["items"],
            [
                {
                    "gate_id": gate.id,
                    "message": "Assign somebody first.",
                    "mode": "block",
                    "fix": {"field": "user_id", "label": label},
                }
            ],
        )
        ticket.user_id = self.support
        self.assertTrue(self.explain(ticket)["In progress"]["allowed"])

    def test_warning_gate_does_not_stop_the_move(self):
        self.add_gate(self.triage, self.in_progress, mode="warn")
        answer = self.explain(self.create_ticket(stage=self.triage))["In progress"]
        self.assertTrue(answer["allowed"])
        self.assertEqual([item["mode"] for item in answer["items"]], ["warn"])

    def test_each_empty_required_field_is_an_item(self):
        names = ("user_id", "category_id", "name")
        fields = self.env["ir.model.fields"].browse(
            [self.env["ir.model.fields"]._get("helpdesk.ticket", name).id for name in names]
        )
        self.add_gate(self.triage, self.in_progress, kind="fields", field_ids=fields.ids)
        items = self.explain(self.create_ticket(stage=self.triage))["In progress"]["items"]
        self.assertEqual([item["fix"]["field"] for item in items], ["user_id", "category_id"])

    def test_check_leads_to_where_time_is_entered(self):
        self.add_gate(self.in_progress, self.closed, kind="check", check_name="time_recorded")
        ticket = self.create_ticket(stage=self.in_progress)
        items = self.explain(ticket)["Closed"]["items"]
        self.assertEqual(items[0]["fix"]["field"], "time_ids")
        self.create_time(ticket)
        self.assertTrue(self.explain(ticket)["Closed"]["allowed"])

    def test_time_to_approve_opens_for_whoever_approves(self):
        self.add_gate(self.in_progress, self.closed, kind="check", check_name="time_approved")
        ticket = self.create_ticket(stage=self.in_progress)
        self.create_time(ticket)
        mine = self.explain(ticket)["Closed"]["items"][0]["fix"]
        self.assertEqual(mine["field"], "time_ids")
        theirs = self.explain(ticket, self.operations)["Closed"]["items"][0]["fix"]
        waiting = self.env["account.analytic.line"].search(theirs["action"]["domain"])
        self.assertEqual(waiting, ticket.time_ids)

    def test_every_built_in_check_says_where_to_mend(self):
        ticket = self.create_ticket(stage=self.triage)
        checks = dict(self.env["psa.lifecycle.gate"]._fields["check_name"]._description_selection(self.env))
        for check in checks:
            with self.subTest(check=check):
                fix = getattr(ticket, f"_lifecycle_fix_{check}")()
                self.assertTrue(fix.get("field") in ticket._fields or (fix["action"] and fix["label"]))

    def test_answer_is_what_the_door_does(self):
        self.add_gate(self.in_progress, self.closed, kind="check", check_name="time_recorded")
        for stage in (None, self.triage, self.in_progress, self.closed):
            for user in (self.support, self.operations):
                ticket = self.create_ticket(stage=stage).with_user(user)
                for answer in ticket.get_next_stages():
                    with self.subTest(stage=ticket.stage_id.name, user=user.login, target=answer["stage"]["name"]):
                        target = self.env["helpdesk.ticket.stage"].browse(answer["stage"]["id"])
                        refusals, _warnings = ticket._judge_move(target)
                        self.assertEqual(not refusals, answer["allowed"])

    def test_ungoverned_ticket_has_no_rules(self):
        self.assertEqual(self.create_ticket(team_id=self.free_team.id).get_next_stages(), [])

    def test_client_does_not_see_the_rules(self):
        ticket = self.create_ticket()
        with self.assertRaises(AccessError):
            ticket.with_user(self.client_user).get_next_stages()

    def test_ticket_of_another_team_stays_shut(self):
        team = self.team.copy({"name": "Projects", "user_ids": False})
        ticket = self.create_ticket(team_id=team.id)
        with self.assertRaises(AccessError):
            ticket.get_next_stages()


@tagged("post_install", "-at_install")
class TestReachableStages(PsaCase):
    """Which stages the status bar offers."""

    def test_status_bar_shows_what_the_role_may_reach(self):
        ticket = self.create_ticket()
        self.assertEqual(ticket.reachable_stage_ids, self.request)
        self.assertEqual(ticket.with_user(self.operations).reachable_stage_ids, self.request | self.triage)

    def test_new_ticket_shows_the_first_stage(self):
        form = Form(self.env["helpdesk.ticket"].with_user(self.operations))
        form.team_id = self.team
        self.assertEqual(form.stage_id, self.request)
        self.assertEqual(form.reachable_stage_ids[:], self.request)

    def test_picked_stage_does_not_move_the_reach(self):
        form = Form(self.create_ticket(stage=self.triage))
        form.stage_id = self.in_progress
        self.assertEqual(set(form.reachable_stage_ids.ids), set((self.triage | self.in_progress).ids))

    def test_ungoverned_ticket_reaches_what_oca_lets_it(self):
        ticket = self.create_ticket(team_id=self.free_team.id)
        self.assertEqual(ticket.reachable_stage_ids, ticket.applicable_stage_ids)

    def test_many_tickets_cost_no_query_each(self):
        tickets = self.env["helpdesk.ticket"].concat(*[self.create_ticket(stage=self.triage) for _ in range(12)])

        def count(some):
            return count_queries(self.env, lambda: some.mapped("reachable_stage_ids"))

        count(tickets)
        self.assertEqual(count(tickets[:2]), count(tickets))
