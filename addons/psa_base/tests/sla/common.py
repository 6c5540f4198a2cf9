"""What the tests of the SLA engine share: rules of both layers for two priorities."""

from odoo import Command

from .sla_oracle import CALENDARS

# Working hours of the targets of ordinary and of critical tickets.
HOURS = {"1": {"response": 4, "resolution": 12}, "3": {"response": 1, "resolution": 5}}


class SlaEngineMixin:
    """A team that may move tickets to any stage, with rules of two layers and two targets for two priorities."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Another addon that is installed may bring thresholds: these tests have none.
        cls.env["psa.sla.threshold"].search([]).active = False
        cls.pending = cls.env["helpdesk.ticket.stage"].create({"name": "Pending", "sequence": 25})
        stages = cls.request | cls.triage | cls.pending | cls.in_progress | cls.closed
        cls.lifecycle.transition_ids = [
            Command.clear(),
            *(
                cls._prepare_move(left, entered, "support", "operations")
                for left in stages
                for entered in stages - left
            ),
        ]
        cls.calendar = CALENDARS[0].make(cls.env)
        cls.team.write({"use_sla": True, "resource_calendar_id": cls.calendar.id})
        cls.rules = cls.env["helpdesk.sla"].create(
            [
                {
                    "name": f"{layer} {target} {priority}",
                    "layer": layer,
                    "target": target,
                    "priority": priority,
                    "hours": hours,
                    "team_ids": cls.team.ids,
                    "stage_id": (cls.in_progress if target == "response" else cls.closed).id,
                    "ignore_stage_ids": cls.pending.ids if layer == "client" else [],
                }
                for layer in ("client", "internal")
                for priority, targets in HOURS.items()
                for target, hours in targets.items()
            ]
        )

    def get_row(self, ticket, layer, target):
        return ticket.sudo().ticket_sla_ids.filtered(lambda row: (row.layer, row.target) == (layer, target))
