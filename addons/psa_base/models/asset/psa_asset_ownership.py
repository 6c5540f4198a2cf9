from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.origin import Origin, find_origin
from ...tools.windows import open_action


class PsaAsset(models.Model):
    """Which fields of an asset belong to monitoring, so that people cannot change them; `write` asks here."""

    _inherit = "psa.asset"

    locked_fields = fields.Char(
        string="Fields that monitoring owns",
        compute="_compute_locked_fields",
        compute_sudo=True,
        help="Names of fields, with a comma before and after each. Forms show these fields read-only.",
    )
    ownership_hint = fields.Char(
        string="Where data comes from",
        compute="_compute_locked_fields",
        compute_sudo=True,
    )
    conflict_ids = fields.One2many(
        "psa.hub.conflict", "asset_id", string="Conflicts", readonly=True, groups="base.group_user"
    )
    conflict_count = fields.Integer(string="Open conflicts", compute="_compute_conflict_count", compute_sudo=True)

    @api.depends("monitored_by", "last_told_at")
    def _compute_locked_fields(self):
        locked = self._get_locked_fields()
        labels = ", ".join(self._get_field_label(name) for name in locked)
        for asset in self:
            is_locked = locked and asset.last_told_at
            asset.locked_fields = f",{','.join(locked)}," if is_locked else ""
            asset.ownership_hint = is_locked and self.env._(
                "From %(system)s: %(fields)s. Change these there.", system=asset.monitored_by, fields=labels
            )

    @api.depends("conflict_ids.state")
    def _compute_conflict_count(self):
        counts = dict(
            self.env["psa.hub.conflict"]._read_group(
                [("asset_id", "in", self.ids), ("state", "=", "open")], ["asset_id"], ["__count"]
            )
        )
        for asset in self:
            asset.conflict_count = counts.get(asset, 0)

    def action_view_conflicts(self):
        self.ensure_one()
        return open_action(self.env, "psa_base.psa_hub_conflict_action", domain=[("asset_id", "=", self.id)])

    def _is_hub(self):
        """Whether the integration user writes this while it works a message. No caller from outside can claim that."""
        return find_origin(self.env) is Origin.HUB and self.env.user == self.env.ref("psa_base.user_integration")

    def _check_ownership(self, vals):
        """Refuse values for fields that monitoring owns, on assets that monitoring has reported."""
        names = [name for name in self._get_locked_fields() if name in vals]
        if not names:
            return
        # sudo: the user may not read connections and identities, by which it is known whether monitoring reported it.
        for asset in self.sudo():
            if not asset.last_told_at:
                continue
            for name in names:
                if asset._is_changed(name, vals[name]):
                    raise UserError(
                        self.env._(
                            "%(field)s of %(asset)s comes from %(system)s: change it there, or change who owns it "
                            "in Integrations › Set-up › Ownership.",
                            field=self._get_field_label(name),
                            asset=asset.display_name,
                            system=asset.monitored_by,
                        )
                    )

    def _is_changed(self, name, value):
        field = self._fields[name]
        new = field.convert_to_record(field.convert_to_cache(value, self), self)
        return (new or False) != (self[name] or False)

    @api.model
    def _get_locked_fields(self):
        contract = self.env["psa.hub.ownership"]._get_contract(self._name)
        return [name for name, rule in contract.items() if rule.is_locked]

    def _get_field_label(self, name):
        return self._fields[name]._description_string(self.env)
