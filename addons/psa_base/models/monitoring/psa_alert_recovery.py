from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...tools.monitoring.rules import Pair, split_patterns


class PsaAlertRecovery(models.Model):
    """A pair of titles: an alert with the one ends alerts with the other, as “Back online” ends “Offline”."""

    _name = "psa.alert.recovery"
    _description = "Recovery pair"
    _inherit = ["psa.cached.mixin"]
    _order = "recovery_titles, id"
    _rec_name = "recovery_titles"

    active = fields.Boolean(default=True)
    recovery_titles = fields.Text(
        string="When this title comes",
        required=True,
        help="One a line. A star stands for anything; without a star, the words may stand anywhere in the title.",
    )
    ended_titles = fields.Text(
        string="These alerts of the device are over", required=True, help="Titles, in the same way."
    )
    adapter = fields.Selection(
        lambda self: self.env["psa.hub.connection"]._get_adapters(), help="Empty: for every kind of connection."
    )

    @api.constrains("recovery_titles", "ended_titles")
    def _check_titles(self):
        for pair in self:
            if not (split_patterns(pair.recovery_titles) and split_patterns(pair.ended_titles)):
                raise ValidationError(self.env._("Fill in both titles: the one that comes, and the one that it ends."))

    @api.model
    @tools.ormcache()
    def _get_pairs(self):
        # sudo: the pairs hold for every message, also when its user may not read them.
        return tuple(
            Pair(pair.id, split_patterns(pair.recovery_titles), split_patterns(pair.ended_titles), pair.adapter or "")
            for pair in self.sudo().search([])
        )
