from odoo import fields, models


class PsaLifecycleGate(models.Model):
    _inherit = "psa.lifecycle.gate"

    check_name = fields.Selection(
        selection_add=[
            ("engineer_assigned", "An engineer is assigned"),
            ("svr_approved", "The client approved the latest service report"),
        ],
        ondelete={"engineer_assigned": "cascade", "svr_approved": "cascade"},
    )
