from odoo.tests import TransactionCase, tagged

from odoo.addons.psa_base.tests.labels import list_title_case_labels


@tagged("post_install", "-at_install")
class TestWords(TransactionCase):
    def test_labels_of_fields_are_in_sentence_case(self):
        self.assertFalse(list_title_case_labels(self.env, "psa_techsource"))
