from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk

from ...services.api.conversation import get_files_domain
from ...tools.text import clean_line, clean_text


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

    def _prepare_submit_ticket_vals(self, **kw):
        """Take what was typed as text that the database can hold. OCA takes it as it comes."""
        cleaners = {"subject": clean_line, "description": clean_text}
        typed = {name: clean(kw[name]) for name, clean in cleaners.items() if name in kw}
        return super()._prepare_submit_ticket_vals(**{**kw, **typed})


class PsaTicketPortal(CustomerPortalHelpdesk):
    """The portal's page of a ticket."""

    def _ticket_get_search_domain(self, search_in, search):
        """Search for what was typed as text that the database can hold. OCA takes it as it comes."""
        return super()._ticket_get_search_domain(search_in, clean_line(search))

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        """Show the files that are the client's to see. OCA shows those of internal notes, too."""
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        # sudo: clients have no right to read attachments, and whoever may see the page may see these.
        files = request.env["ir.attachment"].sudo().search(get_files_domain(ticket), order="id")
        files.generate_access_token()
        return {**values, "client_files": files}
