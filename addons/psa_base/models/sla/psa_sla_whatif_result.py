from odoo import fields, models

from ...const import LAYERS, TARGETS
from ...tools.sla.whatif import KEPT, NEWLY_LATE, SAVED, STILL_LATE


class PsaSlaWhatifResult(models.Model):
    """How one target of a ticket ends under the rules of today, and how it would end under the proposal."""

    _name = "psa.sla.whatif.result"
    _description = "SLA what-if result"
    _order = "outcome desc, late_after desc, id"
    _rec_name = "ticket_id"
    _log_access = False

    whatif_id = fields.Many2one("psa.sla.whatif", required=True, readonly=True, index=True, ondelete="cascade")
    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    sla_id = fields.Many2one("helpdesk.sla", string="Rule", required=True, readonly=True, ondelete="cascade")
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    layer = fields.Selection(LAYERS, required=True, readonly=True)
    target = fields.Selection(TARGETS, required=True, readonly=True)
    opened_at = fields.Datetime(string="Opened", required=True, readonly=True)
    outcome = fields.Selection(
        [
            (KEPT, "In time both ways"),
            (STILL_LATE, "Late both ways"),
            (SAVED, "No longer late"),
            (NEWLY_LATE, "Newly late"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    breaches_before = fields.Integer(string="Breaches today", readonly=True)
    breaches_after = fields.Integer(string="Breaches as proposed", readonly=True)
    change = fields.Integer(readonly=True, help="How many breaches more the proposal makes; fewer are negative.")
    late_before = fields.Float(string="Late today (h)", readonly=True, aggregator="avg", help="In working hours.")
    late_after = fields.Float(string="Late as proposed (h)", readonly=True, aggregator="avg", help="In working hours.")
