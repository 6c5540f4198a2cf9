from odoo.tests import tagged

from ..common import PsaHttpCase, new_test_user
from ..role_matrix import ACTIONS, CLIENT_ADMIN, FIELDS, RECORDS, TECHNICAL
from ..role_samples import make_samples
from ..role_walk import RoleWalkMixin


@tagged("post_install", "-at_install", "heavy")
class TestRoleMatrix(RoleWalkMixin, PsaHttpCase):
    """Every cell of role_matrix.py, by the web client's own calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.samples = make_samples(cls)

    def test_records(self):
        self.check_records(RECORDS, self.samples)

    def test_client_administrator(self):
        person = new_test_user(self.env, login="psa_test_client_admin", groups="psa_base.group_client_admin")
        person.partner_id.parent_id = self.client_company
        for key, (_words, allowed) in CLIENT_ADMIN.items():
            with self.subTest(key):
                self.check_record(person, key, self.samples[key].sudo(), allowed)
        opened = self.env["ir.model.access"].search([("group_id", "=", self.env.ref("psa_base.group_client_admin").id)])
        self.assertLessEqual(set(opened.mapped("model_id.model")), set(CLIENT_ADMIN))

    def test_fields(self):
        self.check_fields(FIELDS, self.samples)

    def test_actions(self):
        closed = self.closed.id
        self.check_actions(
            ACTIONS,
            self.samples,
            {
                "helpdesk.ticket.action_override_stage": (None, closed, "The client asked for it"),
                "psa.lifecycle.preview_matrix": (None, []),
                "psa.lifecycle.save_matrix": (None, [], self.lifecycle._get_matrix_token()),
                "account.analytic.line.action_reset_to_draft": (
                    lambda time: time.with_user(self.accounts).action_approve(),
                ),
            },
        )

    def test_technical_settings(self):
        self.env["ir.mail_server"].create({"name": "Relay", "smtp_host": "smtp.example"})
        self.env["base.automation"].create(
            {"name": "Rule", "model_id": self.env.ref("base.model_res_partner").id, "trigger": "on_unlink"}
        )
        samples = {model: self.env[model].sudo().search([], limit=1) for model in TECHNICAL}
        self.check_records(TECHNICAL, samples)
