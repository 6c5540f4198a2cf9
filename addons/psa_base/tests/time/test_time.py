from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestTime(PsaCase):
    """Time on tickets: recorded by technicians, approved by somebody else, locked after that."""

    def setUp(self):
        super().setUp()
        self.ticket = self.create_ticket()

    def test_time_is_booked_on_the_project_of_the_team(self):
        entry = self.create_time(self.ticket, hours=1.5)
        self.assertEqual(entry.project_id, self.project)
        self.assertEqual(entry.employee_id.user_id, self.support)
        self.assertEqual(entry.approval_state, "draft")
        self.assertEqual(self.ticket.total_hours, 1.5)
        self.assertEqual((entry.ticket_team_id, entry.ticket_client_id), (self.team, self.client_company))

    def test_time_is_entered_in_the_ticket_form(self):
        with Form(self.ticket) as form, form.time_ids.new() as line:
            self.assertEqual(line.employee_id.user_id, self.support)
            line.name = "Changed the fuser"
            line.unit_amount = 0.5
        self.assertEqual(self.ticket.time_ids.project_id, self.project)

    def test_team_without_a_project_is_told_what_to_do(self):
        ticket = self.create_ticket(team_id=self.free_team.id)
        with self.assertRaisesRegex(UserError, "no project for time. Ask an administrator"):
            self.create_time(ticket)

    def test_user_without_an_employee_is_told_what_to_do(self):
        self.support.employee_ids.unlink()
        with self.assertRaisesRegex(UserError, "psa_test_support.* has no employee record"):
            self.create_time(self.ticket)

    def test_approval_says_who_and_when(self):
        entries = self.create_time(self.ticket) | self.create_time(self.ticket, user=self.support_colleague)
        for user in (self.operations, self.accounts):
            with self.subTest(user=user.login), self.clock_at("2026-07-06 02:00:00"):
                entries.with_user(user).action_approve()
                self.assertEqual(set(entries.mapped("approval_state")), {"approved"})
                self.assertEqual(entries.approved_by_id, user)
                self.assertEqual(set(map(str, entries.mapped("approved_at"))), {"2026-07-06 02:00:00"})
                entries.with_user(user).action_reset_to_draft()
                self.assertFalse(entries.approved_by_id)

    def test_own_time_is_not_approved(self):
        entry = self.create_time(self.ticket, user=self.operations)
        with self.assertRaisesRegex(UserError, "Nobody approves their own time"):
            entry.with_user(self.operations).action_approve()
        entry.with_user(self.accounts).action_approve()
        self.assertEqual(entry.approval_state, "approved")

    def test_others_may_not_approve(self):
        entry = self.create_time(self.ticket)
        for user in (self.support_colleague, self.client_user, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                entry.with_user(user).sudo().action_approve()

    def test_approval_by_writing_is_refused(self):
        entry = self.create_time(self.ticket)
        for user in (self.support, self.operations, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                entry.with_user(user).write({"approval_state": "approved"})
        approved = {"approval_state": "approved", "approved_by_id": self.operations.id}
        self.assertEqual(self.create_time(self.ticket, **approved).approval_state, "draft")
        entries = self.env["account.analytic.line"].with_context(default_approval_state="approved")
        entry = entries.create({"ticket_id": self.ticket.id, "name": "x", "user_id": self.support.id})
        self.assertEqual(entry.approval_state, "draft")

    def test_approved_time_is_locked(self):
        entry = self.create_time(self.ticket)
        entry.with_user(self.operations).action_approve()
        for user in (self.support, self.operations, self.env.ref("base.user_root")):
            for values in ({"unit_amount": 8}, {"name": "Other"}, {"ticket_id": False}):
                with self.subTest(user=user.login, **values), self.assertRaisesRegex(UserError, "Approved time"):
                    entry.with_user(user).write(values)
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "Approved time"):
                entry.with_user(user).unlink()

    def test_time_that_was_reset_may_be_corrected(self):
        entry = self.create_time(self.ticket)
        entry.with_user(self.operations).action_approve()
        entry.with_user(self.operations).action_reset_to_draft()
        entry.unit_amount = 2
        self.assertEqual(self.ticket.total_hours, 2)

    def test_copy_of_approved_time_is_not_approved(self):
        entry = self.create_time(self.ticket)
        entry.with_user(self.operations).action_approve()
        self.assertEqual(entry.copy().approval_state, "draft")

    def test_team_reads_the_time_of_the_team_and_changes_the_own(self):
        entry = self.create_time(self.ticket, user=self.support_colleague)
        self.assertEqual(entry.with_user(self.support).unit_amount, 1)
        for call in (lambda: entry.with_user(self.support).write({"name": "x"}), entry.with_user(self.support).unlink):
            with self.assertRaises(AccessError):
                call()

    def test_time_of_other_teams_stays_theirs(self):
        other_team = self.team.copy({"name": "Projects", "project_id": self.project.id, "user_ids": False})
        entry = self.create_time(self.create_ticket(team_id=other_team.id), user=self.operations)
        with self.assertRaises(AccessError):
            entry.with_user(self.support).read(["name"])

    def test_time_on_a_ticket_out_of_reach_is_refused(self):
        other_team = self.team.copy({"name": "Projects", "project_id": self.project.id, "user_ids": False})
        ticket = self.create_ticket(team_id=other_team.id)
        with self.assertRaises(AccessError):
            self.create_time(ticket, project_id=self.project.id)
        with self.assertRaises(AccessError):
            self.create_time(self.ticket).ticket_id = ticket

    def test_own_time_handed_to_a_colleague_is_refused(self):
        colleague = self.env["hr.employee"].search([("user_id", "=", self.support.id)])
        for values in ({"employee_id": colleague.id}, {"user_id": self.support.id}):
            entry = self.create_time(self.ticket, user=self.operations)
            with self.subTest(values), self.assertRaisesRegex(UserError, "stays yours"):
                entry.with_user(self.operations).write(values)

    def test_approver_who_wrote_time_for_a_colleague_cannot_approve_it(self):
        ticket = self.create_ticket()
        entered = self.create_time(ticket, user=self.operations, user_id=self.support.id)
        for values in ({"unit_amount": 8}, {"name": "Cleaned two drums"}, {"date": "2026-11-02"}):
            changed = self.create_time(ticket)
            changed.with_user(self.operations).write(values)
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "somebody else has to approve"):
                changed.with_user(self.operations).action_approve()
        with self.assertRaisesRegex(UserError, "somebody else has to approve"):
            entered.with_user(self.operations).action_approve()
        (entered | changed).with_user(self.accounts).action_approve()
        self.assertEqual(set((entered | changed).mapped("approval_state")), {"approved"})

    def test_nobody_says_who_wrote_time(self):
        time = self.create_time(self.create_ticket())
        with self.assertRaises(UserError):
            time.with_user(self.operations).write({"written_by_id": self.support.id})
        forged = self.create_time(self.create_ticket(), user=self.operations, written_by_id=self.support.id)
        self.assertEqual(forged.written_by_id, self.operations)

    def test_cost_of_time_is_for_accounts_only(self):
        self.env["hr.employee"].search([("user_id", "=", self.support.id)]).hourly_cost = 60
        time = self.create_time(self.create_ticket(), hours=2)
        self.assertEqual(time.with_user(self.accounts).amount, -120)
        for user in (self.support, self.operations, self.admin):
            times = self.env["account.analytic.line"].with_user(user)
            with self.subTest(user=user.login):
                for ask in (
                    lambda times=times: times.browse(time.id).read(["amount"]),
                    lambda times=times: times.search([("amount", "<", -100)]),
                    lambda times=times: times.search([], order="amount"),
                    lambda times=times: times._read_group([], ["user_id"], ["amount:sum"]),
                    lambda times=times: times.env["timesheets.analysis.report"].search([], limit=1).read(["amount"]),
                ):
                    with self.assertRaises(AccessError):
                        ask()
