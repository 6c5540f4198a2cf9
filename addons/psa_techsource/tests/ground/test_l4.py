from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import convert_file

from ..common import TechsourceCase


@tagged("post_install", "-at_install")
class TestL4(TechsourceCase):
    """What the client changes in the UI stays: an upgrade does not put it back."""

    def get_records(self, model):
        data = self.env["ir.model.data"].search([("module", "=", "psa_techsource"), ("model", "=", model)])
        return data, self.env[model].browse(data.mapped("res_id"))

    def test_records_are_never_overwritten(self):
        for model in (
            "helpdesk.sla",
            "mail.template",
            "product.product",
            "psa.alert.priority",
            "psa.alert.recovery",
            "psa.alert.rule",
            "psa.sla.breach.reason",
            "psa.sla.threshold",
            "resource.calendar",
            "techsource.billing.rule",
        ):
            data, records = self.get_records(model)
            self.assertTrue(records, model)
            self.assertTrue(all(data.mapped("noupdate")), model)

    def test_changed_threshold_survives_an_upgrade(self):
        sla = self.get_records("helpdesk.sla")[1][0]
        sla.hours = 99
        convert_file(self.env, "psa_techsource", "l4/helpdesk_sla.xml", idref={}, mode="update", noupdate=True)
        self.assertEqual(sla.hours, 99)

    def test_both_layers_have_a_response_and_a_resolution_for_each_priority(self):
        rules = self.get_records("helpdesk.sla")[1]
        wanted = {
            (layer, target, code, priority)
            for layer in ("client", "internal")
            for target, code in (("response", "assigned"), ("resolution", "resolved"))
            for priority in "0123"
        }
        self.assertEqual({(rule.layer, rule.target, rule.stage_id.code, rule.priority) for rule in rules}, wanted)
        for rule in rules.filtered(lambda rule: rule.layer == "internal"):
            promise = rules.filtered(
                lambda other, rule=rule: (
                    other.layer == "client" and (other.target, other.priority) == (rule.target, rule.priority)
                )
            )
            self.assertLess(rule.hours, promise.hours)

    def test_ticket_carries_both_layers_at_once(self):
        ticket = self.create_ticket(priority="3")
        self.assertEqual(sorted(ticket.ticket_sla_ids.mapped("layer")), ["client"] * 2 + ["internal"] * 2)

    def test_new_ticket_is_acknowledged_by_mail(self):
        # Odoo's own runner sends at once, and what was sent is deleted.
        with patch.object(type(self.env["mail.mail"]), "send"):
            ticket = self.create_ticket()
            self.env.flush_all()
            self.env.cr.precommit.run()
        mails = self.env["mail.mail"].search([("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)])
        self.assertIn(ticket.number, " ".join(mails.mapped("subject")))
