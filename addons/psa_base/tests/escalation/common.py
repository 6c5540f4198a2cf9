"""What the tests of escalation share: rules, thresholds and clocks with planned moments."""

import json
from contextlib import nullcontext

from odoo import SUPERUSER_ID, Command
from odoo.tools import SQL

from ...services.escalation.sweep import sweep
from ..common import trap_jobs


class SlaMixin:
    """A rule for each layer, thresholds, and tickets whose clocks have moments planned by the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Thresholds that the database has already would come due as well.
        cls.env["psa.sla.threshold"].search([]).active = False
        cls.slas = {
            layer: cls.env["helpdesk.sla"].create(
                {
                    "name": f"Closed in time, {layer}",
                    "layer": layer,
                    "target": "resolution",
                    "hours": 8,
                    "team_ids": [Command.set(cls.team.ids)],
                    "stage_id": cls.closed.id,
                }
            )
            for layer in ("client", "internal")
        }

    @classmethod
    def create_threshold(cls, name="Close to the target", **values):
        return cls.env["psa.sla.threshold"].create({"name": name, "layer": "client", **values})

    @classmethod
    def plan(cls, ticket, moments, layer="client", **values):
        """Give a ticket a clock whose plan has `moments`: (time, threshold), with None for the breach."""
        ticket = ticket.sudo()
        plan = [{"at": at, "threshold": threshold and threshold.id} for at, threshold in moments]
        columns = {
            "ticket_id": ticket.id,
            "sla_id": cls.slas[layer].id,
            "layer": layer,
            "target": "resolution",
            "state": "in_progress",
            "deadline": next((at for at, threshold in moments if not threshold), None),
            "target_seconds": 8 * 3600,
            "consumed_seconds": 0,
            "hours": 8,
            "consumed_time": 0,
            "alert_plan": json.dumps(plan),
            "next_alert_at": min(at for at, _threshold in moments),
            **values,
        }
        cls.env.flush_all()
        cls.env.cr.execute(
            SQL(
                "DELETE FROM helpdesk_ticket_sla WHERE ticket_id = %s AND layer = %s AND target = 'resolution'",
                ticket.id,
                layer,
            )
        )
        cls.env.cr.execute(
            SQL(
                "INSERT INTO helpdesk_ticket_sla (%s) VALUES %s",
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(columns.values()),
            )
        )
        cls.env.invalidate_all()
        return ticket.ticket_sla_ids.filtered(lambda row: row.layer == layer and row.target == "resolution")

    def sweep(self, at=None):
        """Sweep as the scheduler does, and deliver as the job does that it starts."""
        with self.clock_at(at) if at else nullcontext(), trap_jobs():
            swept = sweep(self.env)
            self.deliver()
        return swept

    def deliver(self):
        # The job runs as OdooBot, the scheduler's user.
        return self.env["psa.sla.alert"].with_user(SUPERUSER_ID)._deliver_pending()

    def alerts_of(self, ticket):
        """What came due for a ticket, in order: (name of the threshold, moment)."""
        alerts = self.env["psa.sla.alert"].search([("ticket_id", "=", ticket.id)], order="due_at, id")
        return [(alert.threshold_id.name, str(alert.due_at)) for alert in alerts]
