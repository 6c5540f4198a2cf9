from odoo import fields, models

from ...tools.windows import CLOSE


class PsaSlaBreachExplain(models.TransientModel):
    """The dialog in which somebody gives the reason for breaches."""

    _name = "psa.sla.breach.explain"
    _description = "Explain breaches"

    breach_ids = fields.Many2many("psa.sla.breach", string="Breaches", required=True)
    reason_id = fields.Many2one("psa.sla.breach.reason", required=True, ondelete="cascade")
    note_required = fields.Boolean(string="Needs a note", related="reason_id.note_required")
    note = fields.Text(help="What happened, for whoever reads the report.")

    def action_explain(self):
        for wizard in self:
            wizard.breach_ids._explain(wizard.reason_id, wizard.note)
        return CLOSE
