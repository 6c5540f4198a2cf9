from odoo.tests import tagged

from .common import PsaHttpCase


@tagged("post_install", "-at_install")
class TestTicketPortal(PsaHttpCase):
    """The client's page about a ticket."""

    def test_page_says_which_ticket_it_is_and_who_works_on_it(self):
        ticket = self.create_ticket(user_id=self.support.id)
        self.authenticate(self.client_user.login, self.client_user.login)
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn('data-id="number"', page)
        self.assertIn(ticket.number, page)
        self.assertIn(self.support.name, page)
