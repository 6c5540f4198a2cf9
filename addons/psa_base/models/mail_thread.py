from odoo import api, models

from ..tools.origin import Origin


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """The mail gateway is a door: what it sets off is told as coming by mail."""
        told = self.with_context(**Origin.MAIL.context)
        return super(MailThread, told)._message_route_process(message, message_dict, routes)
