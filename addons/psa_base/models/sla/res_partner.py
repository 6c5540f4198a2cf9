from odoo import api, fields, models


class ResPartner(models.Model):
    """A client and the hours at which it has service."""

    _inherit = "res.partner"

    service_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Service hours",
        index="btree_not_null",
        help="When this client has service: SLA targets that were promised to it count these hours. Empty: the hours "
        "of the team that has the ticket.",
    )

    @api.constrains("service_calendar_id")
    def _check_service_calendar(self):
        self.service_calendar_id._check_can_time_sla()

    def write(self, vals):
        result = super().write(vals)
        if "service_calendar_id" in vals:
            self.env["helpdesk.ticket"]._replay_open_tickets([("commercial_partner_id", "in", self.ids)])
        return result

    @api.model
    def _commercial_fields(self):
        """Service hours are the company's: Odoo copies them to its people."""
        return [*super()._commercial_fields(), "service_calendar_id"]
