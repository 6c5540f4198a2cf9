from odoo import fields, models

LAYERS = [("client", "Client"), ("internal", "Internal")]


class HelpdeskSla(models.Model):
    _inherit = "helpdesk.sla"

    layer = fields.Selection(
        LAYERS,
        required=True,
        default="client",
        index=True,
        tracking=True,
        help="Client: promised in the agreement and shown to the client. Internal: the team's own target, "
        "which the client never sees.",
    )
