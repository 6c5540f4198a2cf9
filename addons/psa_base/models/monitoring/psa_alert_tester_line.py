from odoo import fields, models


class PsaAlertTesterLine(models.TransientModel):
    """What a rule says of the payload that was tried."""

    _name = "psa.alert.tester.line"
    _description = "A rule in the dialog that tries them"
    _order = "id"

    tester_id = fields.Many2one("psa.alert.tester", required=True, ondelete="cascade")
    rule_id = fields.Many2one("psa.alert.rule", readonly=True, ondelete="cascade")
    when = fields.Char(related="rule_id.when")
    then = fields.Char(related="rule_id.then")
    result = fields.Selection(
        [("yes", "Decides"), ("no", "Not for it"), ("unasked", "Not asked")], string="Verdict", readonly=True
    )
    why = fields.Char(readonly=True, help="Which of its conditions are not met.")
