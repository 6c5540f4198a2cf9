from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...series import Constraint
from ...tools.asset import ownership
from ...tools.asset.ownership import Rule


class PsaHubOwnership(models.Model):
    """Who is master of one field, and how what the other side says about it gets here.

    Odoo: people keep it here, and when monitoring says something else, a person decides. Monitoring: what it
    says is what is here, and people change it there. By hand: people keep it here, whatever monitoring says.
    """

    _name = "psa.hub.ownership"
    _description = "Ownership of a field"
    _inherit = ["psa.cached.mixin"]
    _order = "res_model, sequence, id"
    _rec_name = "field"

    # What a monitoring system tells of an asset. All else is told by nobody but people.
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
        help="Odoo: people keep it here; when monitoring says something else, it is listed as a conflict. Monitoring: "
        "people change it there. By hand: people keep it here, and what monitoring says is not looked at.",
    )
    flow = fields.Selection(
        [
            (ownership.REAL_TIME, "At once"),
            (ownership.SCHEDULED, "With the next poll"),
            (ownership.APPROVAL, "After approval"),
        ],
        required=True,
        default=ownership.REAL_TIME,
        help="How what monitoring says gets here, where it is the master.",
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
        # sudo: everybody who changes a record is held to the contract, whoever may read it.
        rules = {rule.field: Rule(rule.master, rule.flow) for rule in self.sudo().search([("res_model", "=", model)])}
        nobody = {
            name: Rule(ownership.MONITORING if name in self.TOLD else ownership.ODOO, ownership.REAL_TIME)
            for name, _label in self._fields["field"].selection
        }
        return nobody | rules
