from odoo import fields, models


class PsaLifecycleGate(models.Model):
    _inherit = "psa.lifecycle.gate"

    check_name = fields.Selection(
        selection_add=[
            ("engineer_assigned", "An engineer is assigned"),
            ("resolution_written", "What was done is written down"),
            ("svr_approved", "The client approved the latest service report"),
        ],
        ondelete={"engineer_assigned": "cascade", "resolution_written": "cascade", "svr_approved": "cascade"},
    )
