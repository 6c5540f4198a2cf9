from odoo import fields, models


class HelpdeskTicketSla(models.Model):
    """A target of a ticket, with its clock.

    Under a lifecycle the rows are the engine's (`psa.sla.mixin`): it writes them by SQL, for any number
    of tickets at once, and nobody else does. OCA's own columns are kept in step, so its views, filters
    and reports stay true. Rows of teams without a lifecycle are OCA's and have no clock of ours.
    """

    _inherit = "helpdesk.ticket.sla"
    _order = "layer, deadline, id"

    ticket_id = fields.Many2one(index=True)
    sla_id = fields.Many2one(index=True)
    layer = fields.Selection(related="sla_id.layer", store=True, index=True)
    target = fields.Selection(related="sla_id.target", store=True)
    calendar_id = fields.Many2one(
        "resource.calendar", string="Service hours", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    target_seconds = fields.Integer(readonly=True, help="The working time that the target allows.")
    consumed_seconds = fields.Integer(readonly=True, help="The working time used up when the ticket moved last.")
    running_since = fields.Datetime(readonly=True, help="Since when the clock runs; empty while it stands still.")
    met_at = fields.Datetime(readonly=True)
    breached_at = fields.Datetime(readonly=True, help="When the target was missed, whoever noticed and when.")
    alert_plan = fields.Json(
        readonly=True,
        groups="base.group_user",
        help="Moments still to be swept: the breach (without a threshold) and those of thresholds.",
    )
    next_alert_at = fields.Datetime(readonly=True, index="btree_not_null", groups="base.group_user")
