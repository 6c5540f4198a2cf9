from odoo import Command

from ..common import PsaCase

MONDAY = "2026-01-05 08:00:00"


class TimerCase(PsaCase):
    """The test lifecycle with working hours of Monday to Friday, 8 to 16 UTC, and tickets that wait in Triage."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.resource_calendar_id = cls.env["resource.calendar"].create(
            {
                "name": "Eight hours",
                "tz": "UTC",
                "hours_per_day": 8,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create({"name": "Day", "dayofweek": str(day), "hour_from": 8, "hour_to": 16})
                        for day in range(5)
                    ),
                ],
            }
        )
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Reminder",
                "model_id": cls.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "We wait for you: {{ object.name }}",
                "body_html": "<p>Please answer.</p>",
            }
        )
        cls.dues = cls.env["psa.lifecycle.timer.due"]

    @classmethod
    def add_timer(cls, hours=16, stage=None, **values):
        action = values.pop("action", "remind")
        needed = {
            "remind": {"template_id": cls.template.id},
            "activity": {"text": "Look after it"},
            "note": {"text": "Still here"},
            "move": {"target_stage_id": cls.in_progress.id},
        }
        return cls.env["psa.lifecycle.timer"].create(
            {
                "lifecycle_id": cls.lifecycle.id,
                "stage_id": (stage or cls.triage).id,
                "hours": hours,
                "action": action,
                **needed[action],
                **values,
            }
        )

    def wait(self, moment=MONDAY, **values):
        """A ticket that arrives in Triage at `moment`."""
        with self.clock_at(moment):
            return self.create_ticket(stage=self.triage, **{"user_id": self.support.id, **values})

    def run_cron(self, moment):
        with self.clock_at(moment):
            self.dues.with_user(1)._cron_fire()

    def get_dues(self, ticket, *states):
        return self.dues.search([("ticket_id", "=", ticket.id), ("state", "in", states or ("waiting",))])

    def get_reminders(self, ticket):
        return ticket.sudo().message_ids.filtered(lambda message: message.subject and "We wait" in message.subject)

    def get_moments(self, dues):
        return dues.mapped(lambda due: str(due.due_at))
