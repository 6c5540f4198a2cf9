from odoo.tests import tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestTicketForm(PsaCase):
    """What people see while they write a ticket down."""

    def test_ticket_that_is_not_saved_yet_bears_no_name(self):
        self.assertFalse(self.env["helpdesk.ticket"].new({"name": "Printer"}).display_name)
        ticket = self.create_ticket(name="Printer is out of toner")
        self.assertEqual(ticket.display_name, f"{ticket.number} - Printer is out of toner")
