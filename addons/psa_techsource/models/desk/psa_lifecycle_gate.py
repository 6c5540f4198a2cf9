from odoo import fields, models


class PsaLifecycleGate(models.Model):
    _inherit = "psa.lifecycle.gate"

    check_name = fields.Selection(
        selection_add=[("engineer_assigned", "An engineer is assigned")],
        ondelete={"engineer_assigned": "cascade"},
    )
