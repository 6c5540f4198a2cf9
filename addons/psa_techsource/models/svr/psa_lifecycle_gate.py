from odoo import fields, models


class PsaLifecycleGate(models.Model):
    _inherit = "psa.lifecycle.gate"

    check_name = fields.Selection(
        selection_add=[
            ("resolution_written", "What was done is written down"),
            ("svr_approved", "The client approved the latest service report"),
        ],
        ondelete={"resolution_written": "cascade", "svr_approved": "cascade"},
    )
