from odoo import api, models

from ..series import set_group_category


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model
    def _psa_set_category(self, group_xmlids, category_xmlid):
        """Called from data files: file the groups under one heading, on either series."""
        groups = self.browse(self.env.ref(xmlid).id for xmlid in group_xmlids)
        set_group_category(groups, self.env.ref(category_xmlid))
