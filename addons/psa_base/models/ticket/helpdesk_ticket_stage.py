from odoo import fields, models


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    is_waiting_for_vendor = fields.Boolean(
        string="Waits for a vendor", help="Tickets here wait for a third party: the form asks which, and its reference."
    )
