from odoo import api, models
from odoo.tools import ormcache
from odoo.tools.safe_eval import safe_eval

from ...tools.sla.sla_choice import Rule
from ...tools.sla.sla_clock import Target
from ...tools.sla.sla_row import Promise

HOUR = 3600


class PsaSlaRuleMixin(models.AbstractModel):
    """SLA rules as plain data, cached in each worker: what a batch of tickets is promised asks no query."""

    _name = "psa.sla.rule.mixin"
    _description = "SLA rules as plain data"

    @api.model
    @ormcache()
    def _get_rules(self):
        """All rules as plain data, the one that wins first."""
        # sudo: the rules bind whoever writes a ticket, also those who may not read them.
        rules = [sla._to_rule() for sla in self.sudo().search([])]
        return tuple(sorted(rules, key=lambda rule: rule.precedence))

    @api.model
    @ormcache()
    def _get_choice_fields(self):
        """The fields of a ticket that the choice of its rules depends on."""
        names = {"asset_id", "category_id", "company_id", "partner_id", "priority", "tag_ids", "team_id", "user_id"}
        for rule in self._get_rules():
            names.update(str(leaf[0]).split(".")[0] for leaf in rule.domain if isinstance(leaf, tuple | list))
        # Where a ticket stands moves its clocks and changes no promise.
        return frozenset(names - {"stage_id"})

    def _to_rule(self):
        domain = self._get_domain()
        conditions = self._get_conditions()
        if domain:
            conditions["filter"] = frozenset(self.ids)
        return Rule(
            self.id,
            self.layer,
            self.target,
            self.sequence,
            self.hours > 0 or self.days > 0,
            self.calendar_id.id or None,
            conditions,
            domain,
        )

    def _get_domain(self):
        return safe_eval(self.domain or "[]")

    def _get_conditions(self):
        """What a ticket must have for the rule to match, by criterion; nothing for any ticket."""
        conditions = {
            criterion: self[name].ids if self._fields[name].relational else [self[name]] if self[name] else []
            for criterion, name in self._get_criteria().items()
        }
        return {criterion: frozenset(values) for criterion, values in conditions.items() if values}

    @api.model
    def _get_criteria(self):
        """Hook: what a rule can ask for, and the field that says it (see `tools.sla_choice`)."""
        return {
            "company": "company_id",
            "team": "team_ids",
            "priority": "priority",
            "category": "category_ids",
            "tag": "tag_ids",
            "asset": "asset_ids",
            "client": "partner_ids",
        }

    def _explain_criterion(self, criterion):
        """What the rule asks for by one criterion, in words."""
        field = self._fields[self._get_criteria().get(criterion, "domain")]
        label = field.get_description(self.env, ["string"])["string"]
        if criterion == "filter":
            return self.env._("%s: as the rule says", label)
        # sudo: the names are in the rule, whoever may read the records.
        value = self.sudo()[field.name]
        if field.relational:
            names = ", ".join(value.mapped("display_name"))
        else:
            names = dict(field._description_selection(self.env))[value]
        return self.env._("%(criterion)s: only %(values)s", criterion=label, values=names)

    @api.model
    @ormcache("sla_id", "lifecycle_id", "calendar_id")
    def _get_promise(self, sla_id, lifecycle_id, calendar_id):
        """A rule as a promise to the tickets under a lifecycle, by the hours of a calendar."""
        # sudo: as for the rules.
        sla = self.sudo().browse(sla_id)
        stages = sla.env["psa.lifecycle"].browse(lifecycle_id).stage_ids
        wanted = sla.stage_id
        met = stages.filtered(lambda stage: stage.sequence >= wanted.sequence if wanted else stage.closed)
        calendar = sla.env["resource.calendar"].browse(calendar_id or ())
        hours = sla.hours + sla.days * (calendar.hours_per_day if calendar else 24)
        seconds = round(hours * HOUR)
        return Promise(
            sla_id,
            sla.layer,
            sla.target,
            calendar_id,
            wanted.id or None,
            Target(seconds, frozenset(sla.ignore_stage_ids.ids), frozenset(met.ids), sla.target == "response"),
            calendar._get_working_time(),
            self.env["psa.sla.threshold"]._get_points_of(sla_id, sla.layer, sla.target, seconds),
        )
