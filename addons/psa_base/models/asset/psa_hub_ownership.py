from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...series import Constraint
from ...tools.asset import ownership
from ...tools.asset.ownership import Rule


class PsaHubOwnership(models.Model):
    """Who is master of one field, and how the values that monitoring reports for it get here.

    Odoo: people keep the field here, and decide when monitoring reports another value. Monitoring: the value that it
    reports is taken, and people change it there. By hand: people keep it here, and what monitoring reports is ignored.
    """

    _name = "psa.hub.ownership"
    _description = "Ownership of a field"
    _inherit = ["psa.cached.mixin"]
    _order = "res_model, sequence, id"
    _rec_name = "field"

    # The fields that monitoring systems report. The other fields come from people alone.
    TOLD = frozenset({"name", "serial_number", "os_info", "last_audit"})

    sequence = fields.Integer(default=10)
    res_model = fields.Selection([("psa.asset", "Asset")], string="Record", required=True, readonly=True)
    field = fields.Selection(
        [
            ("name", "Hostname"),
            ("serial_number", "Serial number"),
            ("os_info", "Operating system"),
            ("last_audit", "Last audit"),
            ("partner_id", "Client"),
            ("assigned_user_id", "Used by"),
            ("state", "State"),
        ],
        required=True,
        readonly=True,
    )
    master = fields.Selection(
        [
            (ownership.ODOO, "Odoo"),
            (ownership.MONITORING, "Monitoring"),
            (ownership.MANUAL, "By hand"),
        ],
        required=True,
        help="Odoo: people keep it here; when monitoring reports another value, it is listed as a conflict. "
        "Monitoring: people change it there. By hand: people keep it here, and what monitoring reports is ignored.",
    )
    flow = fields.Selection(
        [
            (ownership.REAL_TIME, "At once"),
            (ownership.SCHEDULED, "With the next poll"),
            (ownership.APPROVAL, "After approval"),
        ],
        required=True,
        default=ownership.REAL_TIME,
        help="When the values that monitoring reports are taken, where it is the master.",
    )
    is_told = fields.Boolean(string="Told by monitoring", compute="_compute_is_told")

    _field_uniq = Constraint("unique(res_model, field)", "Each field has one owner.")

    @api.depends("field")
    def _compute_is_told(self):
        for rule in self:
            rule.is_told = rule.field in self.TOLD

    @api.constrains("field", "master")
    def _check_monitoring_tells_it(self):
        for rule in self:
            if rule.master != ownership.ODOO and not rule.is_told:
                raise ValidationError(
                    self.env._(
                        "No monitoring system tells us %(field)s, so Odoo stays its master.", field=rule.display_name
                    )
                )

    @api.depends("field")
    def _compute_display_name(self):
        labels = dict(self._fields["field"]._description_selection(self.env))
        for rule in self:
            rule.display_name = labels.get(rule.field)

    @api.model
    @tools.ormcache("model")
    def _get_contract(self, model):
        """{field: Rule} of a model, for all fields that can have one."""
        # sudo: the contract holds for everybody who changes an asset, also for people who may not read it.
        rules = {rule.field: Rule(rule.master, rule.flow) for rule in self.sudo().search([("res_model", "=", model)])}
        default = {
            name: Rule(ownership.MONITORING if name in self.TOLD else ownership.ODOO, ownership.REAL_TIME)
            for name, _label in self._fields["field"].selection
        }
        return default | rules
