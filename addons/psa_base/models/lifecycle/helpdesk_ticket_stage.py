import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...series import Constraint


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    code = fields.Char(
        copy=False,
        index="btree_not_null",
        help="The name of the stage for programs, for example in_progress. It stays when people rename the stage.",
    )

    _code_uniq = Constraint("unique(code, company_id)", "Another stage has this code already.")

    @api.constrains("code")
    def _check_code(self):
        for stage in self:
            if stage.code and not re.fullmatch(r"[a-z][a-z0-9_]*", stage.code):
                raise ValidationError(
                    self.env._("%s is not a stage code: use lower-case letters, digits and underscores.", stage.code)
                )
