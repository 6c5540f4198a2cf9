from odoo import fields, models


class PsaSlaBreachEntry(models.Model):
    """One explanation of a breach: which reason, by whom and when. A correction is another entry."""

    _name = "psa.sla.breach.entry"
    _description = "Explanation of an SLA breach"
    _inherit = ["psa.ledger.mixin"]
    _order = "id desc"
    _rec_name = "reason_id"
    _log_access = False

    breach_id = fields.Many2one("psa.sla.breach", required=True, readonly=True, index=True, ondelete="cascade")
    reason_id = fields.Many2one("psa.sla.breach.reason", required=True, readonly=True, ondelete="restrict")
    note = fields.Text(readonly=True)
    user_id = fields.Many2one("res.users", string="Given by", required=True, readonly=True, ondelete="restrict")
    given_at = fields.Datetime(string="Given on", required=True, readonly=True)
