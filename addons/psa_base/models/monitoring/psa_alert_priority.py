from odoo import fields, models

from ...const import PRIORITIES
from ...tools.monitoring.rules import LEVELS


class PsaAlertPriority(models.Model):
    """A map from the priorities of senders to the priorities of tickets."""

    _name = "psa.alert.priority"
    _description = "Priority map"
    _inherit = ["psa.cached.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    low = fields.Selection(PRIORITIES, required=True, default="0")
    normal = fields.Selection(PRIORITIES, required=True, default="1")
    elevated = fields.Selection(PRIORITIES, required=True, default="2")
    critical = fields.Selection(PRIORITIES, required=True, default="3")

    def _get_levels(self):
        """The map as plain data; of no map, each priority to its equal."""
        return tuple((priority, self[priority]) for priority in LEVELS) if self else tuple(LEVELS.items())
