from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController


class PsaTicketController(HelpdeskTicketController):
    """The portal's buttons on a ticket."""

    @http.route()
    def support_ticket_close(self, **kw):
        """Move a ticket that the user may see. OCA moves any ticket whose number is in the address."""
        ticket_id = kw.get("ticket_id", "")
        ticket = request.env["helpdesk.ticket"].browse(int(ticket_id) if ticket_id.isdecimal() else 0).exists()
        if not ticket or not ticket.has_access("read"):
            raise NotFound()
        return super().support_ticket_close(**kw)
