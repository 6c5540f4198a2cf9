from odoo import fields, models


class HelpdeskTicketSla(models.Model):
    _inherit = "helpdesk.ticket.sla"
    _order = "layer, deadline, id"

    layer = fields.Selection(related="sla_id.layer", store=True, index=True)
