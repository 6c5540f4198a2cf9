from odoo import api, fields, models

from ...tools.windows import open_list

HOUR = 3600


class PsaSlaRulePreviewMixin(models.AbstractModel):
    """Says in the form of an SLA rule what another time would do to the tickets that are under the rule now."""

    _name = "psa.sla.rule.preview.mixin"
    _inherit = ["psa.sla.preview.mixin"]
    _description = "Preview of a change to an SLA rule"

    threshold_count = fields.Integer(string="Thresholds", compute="_compute_threshold_count")

    @api.depends("layer", "target")
    def _compute_threshold_count(self):
        for rule in self:
            rule.threshold_count = len(rule._get_threshold_ids())

    def action_view_thresholds(self):
        """The thresholds of the rule's targets, to be tuned."""
        self.ensure_one()
        defaults = {"default_layer": self.layer, "default_target": self.target, "default_sla_ids": self.ids}
        domain = [("id", "in", self._get_threshold_ids())]
        return open_list(self.env, "psa_base.psa_sla_threshold_action", domain, defaults)

    def _get_threshold_ids(self):
        triggers = self.env["psa.sla.threshold"]._get_triggers()
        rule_id = self._origin.id
        return [trigger.threshold_id for trigger in triggers if trigger.covers(rule_id, self.layer, self.target)]

    @api.model
    def _get_preview_fields(self):
        return ["days", "hours"]

    def _is_changing(self):
        # A new rule has no tickets yet: which ones it gets is chosen when it is saved.
        return bool(self._origin) and super()._is_changing()

    def _count_impact(self):
        rule, touched, alerts, breaches = self._origin, 0, 0, 0
        for target in self._get_open_targets([("sla_id", "=", rule.id), ("met_at", "=", False)]):
            touched += 1
            calendar = self.env["resource.calendar"].browse(target.calendar_id or ())
            seconds = round((self.hours + self.days * (calendar.hours_per_day if calendar else 24)) * HOUR)
            points = self.env["psa.sla.threshold"]._get_points_of(rule.id, rule.layer, rule.target, seconds)
            alerts += any(point <= target.used_seconds and id_ not in target.alerted_ids for point, id_ in points)
            breaches += target.used_seconds >= seconds and not target.is_breached
        return touched, alerts, breaches
