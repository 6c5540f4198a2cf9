from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache
from odoo.tools.safe_eval import safe_eval

from ...const import LAYERS, TARGETS
from ...tools.cached import forget_cached
from ...tools.calendar.working_time import HOUR
from ...tools.sla.choice import Rule
from ...tools.sla.clock import Target
from ...tools.sla.row import Promise
from ...tools.windows import open_list


class HelpdeskSla(models.Model):
    """A rule: the tickets that match it have to reach a stage within a working time.

    A rule is of one layer and one target. Of the rules of a layer and target that match a ticket, the most
    specific one is its promise.
    """

    _name = "helpdesk.sla"
    _inherit = ["psa.sla.preview.mixin", "helpdesk.sla"]

    layer = fields.Selection(
        LAYERS,
        required=True,
        default="client",
        index=True,
        tracking=True,
        help="Client: promised in the agreement and shown to the client. Internal: the team's own target, "
        "which the client never sees.",
    )
    target = fields.Selection(
        TARGETS,
        required=True,
        default="resolution",
        tracking=True,
        help="Response: met once and for all when the ticket reaches the stage. Resolution: goes on when the "
        "ticket is reopened.",
    )
    sequence = fields.Integer(default=10, help="Of two rules that are equally specific, the lower number wins.")
    priority = fields.Selection(
        selection=lambda self: self.env["helpdesk.ticket"]._fields["priority"].selection,
        tracking=True,
        help="Empty: tickets of any priority.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "helpdesk_sla_res_partner_rel",
        string="Clients",
        domain="[('is_company', '=', True)]",
        help="Empty: tickets of any client.",
    )
    asset_ids = fields.Many2many("psa.asset", string="Assets", help="Empty: tickets about any asset, or none.")
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Service hours",
        ondelete="restrict",
        tracking=True,
        help="The hours in which the clock runs. Empty: the client's own service hours for the client's layer, "
        "if there are any; else those of the team.",
    )
    threshold_count = fields.Integer(string="Thresholds", compute="_compute_threshold_count")

    @api.constrains("calendar_id")
    def _check_calendar(self):
        self.calendar_id._check_can_time_sla()

    @api.constrains("domain")
    def _check_domain(self):
        tickets = self.env["helpdesk.ticket"]
        for sla in self:
            try:
                tickets.search_count(sla._get_domain(), limit=1)
            except (KeyError, SyntaxError, TypeError, ValueError) as error:
                raise ValidationError(
                    self.env._("The filter of the SLA rule %s does not work on tickets: correct it.", sla.name)
                ) from error

    @api.depends("layer", "target")
    def _compute_threshold_count(self):
        for rule in self:
            rule.threshold_count = len(rule._get_threshold_ids())

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._apply_rules()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys() <= self._get_words_only():
            self._apply_rules()
        return result

    def unlink(self):
        result = super().unlink()
        forget_cached(self.env)
        return result

    def action_view_thresholds(self):
        """The thresholds of the rule's targets, to be tuned."""
        self.ensure_one()
        defaults = {"default_layer": self.layer, "default_target": self.target, "default_sla_ids": self.ids}
        domain = [("id", "in", self._get_threshold_ids())]
        return open_list(self.env, "psa_base.psa_sla_threshold_action", domain, defaults)

    def _apply_rules(self):
        """Have a change of the rules hold for open tickets, too, at once."""
        forget_cached(self.env)
        self.env["helpdesk.ticket"]._replay_open_tickets([])

    def _get_threshold_ids(self):
        triggers = self.env["psa.sla.threshold"]._get_triggers()
        rule_id = self._origin.id
        return [trigger.threshold_id for trigger in triggers if trigger.covers(rule_id, self.layer, self.target)]

    @api.model
    def _get_words_only(self):
        """Hook: the fields that describe a rule and change nothing that it does."""
        return {"name", "note"}

    # --- Rules as plain data, cached in each worker: to find what tickets are promised costs no query. ---

    @api.model
    @ormcache()
    def _get_rules(self):
        """All rules as plain data, the one that wins first."""
        # sudo: a rule holds for every ticket, also for users who may not read rules.
        rules = [sla._to_rule() for sla in self.sudo().search([])]
        return tuple(sorted(rules, key=lambda rule: rule.precedence))

    @api.model
    @ormcache()
    def _get_choice_fields(self):
        """The fields of a ticket that decide which rules it is under."""
        names = {"asset_id", "category_id", "company_id", "partner_id", "priority", "tag_ids", "team_id", "user_id"}
        for rule in self._get_rules():
            names.update(str(leaf[0]).split(".")[0] for leaf in rule.domain if isinstance(leaf, tuple | list))
        # A move changes the clocks of a ticket and not what it is promised.
        return frozenset(names - {"stage_id"})

    @api.model
    @ormcache("sla_id", "lifecycle_id", "calendar_id")
    def _get_promise(self, sla_id, lifecycle_id, calendar_id):
        """What the rule promises to tickets under the lifecycle, counted by the hours of the calendar."""
        # sudo: a rule holds for every ticket, also for users who may not read rules.
        sla = self.sudo().browse(sla_id)
        stages = sla.env["psa.lifecycle"].browse(lifecycle_id).stage_ids
        wanted = sla.stage_id
        met = stages.filtered(lambda stage: stage.sequence >= wanted.sequence if wanted else stage.closed)
        calendar = sla.env["resource.calendar"].browse(calendar_id or ())
        seconds = sla._get_seconds(sla.days, sla.hours, calendar)
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

    @api.model
    def _get_seconds(self, days, hours, calendar):
        """The working time that a rule allows. A day is a working day of the calendar, or 24 hours without one."""
        return round((hours + days * (calendar.hours_per_day if calendar else 24)) * HOUR)

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
        """The values that a ticket may have for the rule to match, by criterion. What is not in it may be any."""
        conditions = {
            criterion: self[name].ids if self._fields[name].relational else [self[name]] if self[name] else []
            for criterion, name in self._get_criteria().items()
        }
        return {criterion: frozenset(values) for criterion, values in conditions.items() if values}

    @api.model
    def _get_criteria(self):
        """Hook: what a rule can ask for (see `tools/sla/choice.py`), and the field of the rule that says it."""
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
        # sudo: whoever may ask why a rule applies is told the names in it, also of records closed to them.
        value = self.sudo()[field.name]
        if field.relational:
            names = ", ".join(value.mapped("display_name"))
        else:
            names = dict(field._description_selection(self.env))[value]
        return self.env._("%(criterion)s: only %(values)s", criterion=label, values=names)

    # --- What another time would do to the tickets that are under the rule now: said in the form before saving. ---

    @api.model
    def _get_preview_fields(self):
        return ["days", "hours"]

    def _is_changing(self):
        # A new rule has no tickets yet: they are chosen when it is saved.
        return bool(self._origin) and super()._is_changing()

    def _count_impact(self):
        rule, touched, alerts, breaches = self._origin, 0, 0, 0
        for target in self._get_open_targets([("sla_id", "=", rule.id), ("met_at", "=", False)]):
            touched += 1
            calendar = self.env["resource.calendar"].browse(target.calendar_id or ())
            seconds = self._get_seconds(self.days, self.hours, calendar)
            points = self.env["psa.sla.threshold"]._get_points_of(rule.id, rule.layer, rule.target, seconds)
            alerts += any(point <= target.used_seconds and id_ not in target.alerted_ids for point, id_ in points)
            breaches += target.used_seconds >= seconds and not target.is_breached
        return touched, alerts, breaches
