from odoo.tests import tagged

from ..common import PsaCase


@tagged("post_install", "-at_install")
class TestResPartner(PsaCase):
    def test_client_that_may_sign_up_already_is_not_written_by_the_next_mail(self):
        client = self.client_company
        client.signup_prepare()
        self.env.flush_all()
        with self.assertQueryCount(0):
            client.signup_prepare()
            self.env.flush_all()
