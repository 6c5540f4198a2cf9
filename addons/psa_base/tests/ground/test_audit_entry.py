import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestAuditEntry(PsaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tickets = cls.create_ticket() | cls.create_ticket()

    def log(self, **values):
        log = self.env["psa.audit.entry"].with_user(self.support)._log
        return log(self.tickets, "recalculation", "The calendar was wrong.", **values).with_user(self.admin)

    def test_entry_tells_who_what_and_why(self):
        with self.clock_at("2026-11-02 09:00:00"):
            entries = self.log(before={"hours": 1}, after=lambda ticket: ticket.number)
        self.assertEqual(entries.mapped("res_id"), self.tickets.ids)
        self.assertEqual(entries.user_id, self.support)
        self.assertEqual(entries.mapped("record_name"), self.tickets.mapped("display_name"))
        self.assertEqual(json.loads(entries[0].before), {"hours": 1})
        self.assertEqual(entries.mapped("after"), self.tickets.mapped("number"))
        self.assertEqual(str(entries[0].logged_at), "2026-11-02 09:00:00")

    def test_any_number_of_entries_is_one_statement(self):
        self.log()
        with self.assertQueryCount(1):
            self.log()

    def test_kind_that_nobody_declared_is_refused(self):
        with self.assertRaises(ValueError):
            self.env["psa.audit.entry"]._log(self.tickets, "whim", "Because")

    def test_nobody_writes_history(self):
        entry = self.log()[0]
        for user in (self.admin, self.env.ref("base.user_root")):
            mine = entry.with_user(user).sudo()
            for rewrite in (
                lambda mine=mine: mine.create([{"kind": "override"}]),
                lambda mine=mine: mine.write({"reason": "Another"}),
                mine.copy,
                mine.unlink,
            ):
                with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "record of what happened"):
                    rewrite()
        self.assertEqual(entry.reason, "The calendar was wrong.")

    def test_entry_leads_to_its_record_as_long_as_there_is_such_a_model(self):
        entry = self.log()[0]
        action = entry.action_open_record()
        self.assertEqual((action["res_model"], action["res_id"]), (self.tickets._name, self.tickets[0].id))
        with patch.object(type(entry), "model", "psa.gone"), self.assertRaisesRegex(UserError, "not installed"):
            entry.action_open_record()

    def test_only_an_administrator_reads_it(self):
        entry = self.log()[0]
        self.assertEqual(entry.with_user(self.admin).sudo(False).action_open_record()["res_id"], self.tickets[0].id)
        for user in (self.support, self.operations, self.accounts, self.client_user):
            with self.assertRaises(AccessError):
                entry.with_user(user).sudo(False).read(["reason"])

    def test_deleted_ticket_leaves_its_history_in_the_audit(self):
        ticket = self.create_ticket(stage=self.in_progress)
        free = self.create_ticket(team_id=self.free_team.id)
        (ticket | free).with_user(self.admin).unlink()
        entries = self.env["psa.audit.entry"].with_user(self.admin).search([("kind", "=", "deletion")])
        entry = entries.filtered(lambda entry: entry.res_id in (ticket.id, free.id))
        self.assertEqual((entry.res_id, entry.user_id), (ticket.id, self.admin))
        moves = json.loads(entry.before)["moves"]
        self.assertEqual([move["to"] for move in moves], ["Request", "In progress"])
        self.assertEqual(moves[-1]["override"], "Set up by a test")
