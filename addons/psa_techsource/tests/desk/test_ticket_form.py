from odoo.tests import Form, tagged

from ..common import TechsourceCase


@tagged("post_install", "-at_install")
class TestTicketForm(TechsourceCase):
    def test_dispatcher_who_writes_a_ticket_down_is_not_its_engineer(self):
        form = Form(self.env["helpdesk.ticket"].with_user(self.operations))
        self.assertFalse(form.user_id)
