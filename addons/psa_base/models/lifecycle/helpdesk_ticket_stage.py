import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...series import Constraint
from ...tools.cached import forget_cached


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    code = fields.Char(
        copy=False,
        index="btree_not_null",
        help="The name of the stage for programs, for example in_progress. It stays when people rename the stage.",
    )
    is_waiting_for_vendor = fields.Boolean(
        string="Waits for a vendor", help="Tickets here wait for a third party: the form asks which, and its reference."
    )

    _code_uniq = Constraint("unique(code, company_id)", "Another stage has this code already.")

    def write(self, vals):
        """Where a target is met goes by the order of the stages, and by which of them close a ticket."""
        result = super().write(vals)
        if not {"closed", "sequence"}.isdisjoint(vals):
            forget_cached(self.env)
            self.env["helpdesk.ticket"]._replay_before_commit(self.env["resource.calendar"])
        return result

    @api.constrains("code")
    def _check_code(self):
        for stage in self:
            if stage.code and not re.fullmatch(r"[a-z][a-z0-9_]*", stage.code):
                raise ValidationError(
                    self.env._("%s is not a stage code: use lower-case letters, digits and underscores.", stage.code)
                )
