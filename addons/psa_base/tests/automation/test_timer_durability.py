from contextlib import closing, contextmanager

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, common, tagged
from odoo.tools import mute_logger

OVERDUE = "2026-01-05 08:00:00"


@tagged("post_install", "-at_install")
class TestTimerDurability(BaseCase):
    """Two schedulers at once, and one that dies: on records that are committed, and deleted afterwards."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(common.get_db_name())
        with self.transaction() as env:
            self.made = self._make(env)
        self.addCleanup(self._clean_up)

    @contextmanager
    def transaction(self, commit=True):
        """What another worker has: a connection and a snapshot of its own."""
        with closing(db_connect(common.get_db_name()).cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True, "mail_create_nolog": True})
            yield env
            env.flush_all()
            if commit:
                cr.commit()  # pylint: disable=invalid-commit
            else:
                cr.rollback()

    def _make(self, env):
        stages = env["helpdesk.ticket.stage"].create([{"name": name} for name in ("Durable 1", "Durable 2")])
        lifecycle = env["psa.lifecycle"].create(
            {
                "name": "Durable",
                "initial_stage_id": stages[0].id,
                "transition_ids": [Command.create({"from_stage_id": stages[0].id, "to_stage_id": stages[1].id})],
            }
        )
        team = env["helpdesk.ticket.team"].create({"name": "Durable", "lifecycle_id": lifecycle.id})
        timer = env["psa.lifecycle.timer"].create(
            {
                "lifecycle_id": lifecycle.id,
                "stage_id": stages[0].id,
                "hours": 1,
                "hours_kind": "calendar",
                "action": "note",
                "text": "Durable note",
            }
        )
        ticket = env["helpdesk.ticket"].create({"name": "Durable", "description": "Text", "team_id": team.id})
        template = env["psa.ticket.template"].create(
            {"name": "Durable", "title": "Durable made", "description": "Text", "team_id": team.id}
        )
        partner = env["res.partner"].create({"name": "Durable", "is_company": True})
        recurrence = env["psa.ticket.recurrence"].create(
            {"name": "Durable", "template_id": template.id, "partner_id": partner.id, "unit": "day", "tz": "UTC"}
        )
        env.flush_all()
        env.cr.execute("UPDATE psa_lifecycle_timer_due SET due_at = %s WHERE ticket_id = %s", [OVERDUE, ticket.id])
        env.cr.execute(
            "UPDATE psa_ticket_recurrence SET next_at = %(at)s, last_at = %(at)s, start_on = %(at)s WHERE id = %(id)s",
            {"at": OVERDUE, "id": recurrence.id},
        )
        return [recurrence, ticket, timer, template, team, lifecycle, stages, partner]

    def _clean_up(self):
        recurrence, ticket, timer, template, team, lifecycle, stages, partner = self.made
        with self.transaction() as env:
            tickets = env["helpdesk.ticket"].search([("team_id", "=", team.id)])
            messages = env["mail.message"].search([("model", "=", "helpdesk.ticket"), ("res_id", "in", tickets.ids)])
            messages.unlink()
            tickets.unlink()
            for records in (recurrence, timer, template, team, lifecycle, stages, partner):
                records.with_env(env).unlink()

    def fire(self, env):
        env["psa.lifecycle.timer.due"]._cron_fire()

    def generate(self, env):
        env["psa.ticket.recurrence"].with_user(env.ref("psa_base.user_integration"))._cron_generate()

    def count_notes(self):
        ticket = self.made[1]
        with self.transaction() as env:
            return len(
                env["mail.message"].search(
                    [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id), ("body", "like", "Durable note")]
                )
            )

    def count_made(self):
        with self.transaction() as env:
            return env["helpdesk.ticket"].search_count([("name", "=", "Durable made")])

    def test_scheduler_that_dies_before_its_commit_has_done_nothing(self):
        with self.transaction(commit=False) as env:
            self.fire(env)
            self.generate(env)
        self.assertEqual((self.count_notes(), self.count_made()), (0, 0))
        for _run in range(2):
            with self.transaction() as env:
                self.fire(env)
                self.generate(env)
        self.assertEqual((self.count_notes(), self.count_made()), (1, 1))

    def test_second_scheduler_leaves_alone_what_the_first_holds(self):
        with self.transaction() as first, self.transaction() as second:
            # Both have seen that it is due, before either does anything.
            for env in (first, second):
                env.cr.execute("SELECT 1")
            self.fire(first)
            self.generate(first)
            first.flush_all()
            self.fire(second)
            self.generate(second)
        self.assertEqual((self.count_notes(), self.count_made()), (1, 1))

    def test_scheduler_with_an_old_view_does_nothing_a_second_time(self):
        for work, count in ((self.fire, self.count_notes), (self.generate, self.count_made)):
            with self.subTest(work.__name__), mute_logger("odoo.sql_db"):
                with self.assertRaisesRegex(Exception, "concurrent update"), self.transaction() as late:
                    late.cr.execute("SELECT 1 FROM helpdesk_ticket")
                    with self.transaction() as first:
                        work(first)
                    work(late)
                self.assertEqual(count(), 1)
