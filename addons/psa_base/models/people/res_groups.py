from odoo import api, models

from ...series import GROUP_USERS, set_group_category

MEMBERSHIP_FIELDS = frozenset({GROUP_USERS, "implied_ids", "implied_by_ids"})


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        with self.env["psa.duty.conflict"]._refuse_new():
            return super().create(vals_list)

    def write(self, vals):
        if MEMBERSHIP_FIELDS.isdisjoint(vals):
            return super().write(vals)
        with self.env["psa.duty.conflict"]._refuse_new():
            return super().write(vals)

    @api.model
    def _psa_set_category(self, group_xmlids, category_xmlid):
        """Put the groups under one heading, on either series. Data files call this."""
        groups = self.browse(self.env.ref(xmlid).id for xmlid in group_xmlids)
        set_group_category(groups, self.env.ref(category_xmlid))
