from odoo import fields, models
from odoo.tools.sql import escape_psql


class ResPartner(models.Model):
    _inherit = "res.partner"

    rmm_group = fields.Char(
        string="Monitoring group",
        copy=False,
        index="btree_not_null",
        help="What the monitoring system calls this client. Leave it empty when it uses the company's name.",
    )

    def _find_by_rmm_group(self, group, company):
        """The client companies of `company` that `group` may mean: by monitoring group, else by name."""
        clients = [
            ("is_company", "=", True),
            ("parent_id", "=", False),
            ("company_id", "in", (False, company.id)),
        ]
        pattern = escape_psql(group)
        return self.search([("rmm_group", "=ilike", pattern), *clients]) or self.search(
            [("name", "=ilike", pattern), *clients]
        )
