from dataclasses import replace

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

# The fields of a rule that a line proposes values for, with the line's own field for each.
PROPOSALS = {"days": "days", "hours": "hours", "calendar_id": "calendar_id", "ignore_stage_ids": "pause_stage_ids"}
# The same for the rule itself, so that both can be compared and described in one way.
RULE = {name: name for name in PROPOSALS}


class PsaSlaWhatifLine(models.Model):
    """What a what-if proposes for one SLA rule. A new line proposes what the rule says already."""

    _name = "psa.sla.whatif.line"
    _description = "Proposal for an SLA rule"
    _order = "layer, target, sla_id"
    _rec_name = "sla_id"

    whatif_id = fields.Many2one("psa.sla.whatif", required=True, index=True, ondelete="cascade")
    sla_id = fields.Many2one("helpdesk.sla", string="Rule", required=True, readonly=True, ondelete="cascade")
    layer = fields.Selection(related="sla_id.layer", store=True)
    target = fields.Selection(related="sla_id.target", store=True)
    today = fields.Char(compute="_compute_today", help="What the rule says now.")
    days = fields.Integer(compute="_compute_proposal", store=True, readonly=False, precompute=True)
    hours = fields.Integer(compute="_compute_proposal", store=True, readonly=False, precompute=True)
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Service hours",
        compute="_compute_proposal",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    pause_stage_ids = fields.Many2many(
        "helpdesk.ticket.stage",
        string="Pauses in",
        compute="_compute_proposal",
        store=True,
        readonly=False,
        precompute=True,
    )
    rule_before = fields.Json(
        string="The rule then",
        compute="_compute_proposal",
        store=True,
        precompute=True,
        help="What the rule said when the line was made, to notice when the rule changes.",
    )
    is_changed = fields.Boolean(string="Changes the rule", compute="_compute_is_changed")
    is_outdated = fields.Boolean(string="Rule changed since", compute="_compute_is_outdated")

    @api.constrains("days", "hours", "calendar_id")
    def _check_proposal(self):
        for line in self:
            if line.days < 0 or line.hours < 0 or not line.days + line.hours:
                raise ValidationError(self.env._("Give the rule %s a time of at least an hour.", line.sla_id.name))
        self.calendar_id._check_can_time_sla()

    @api.depends("sla_id")
    def _compute_proposal(self):
        for line in self:
            for name, own_name in PROPOSALS.items():
                line[own_name] = line.sla_id[name]
            line.rule_before = line._get_terms_of_rule()

    @api.depends("sla_id.days", "sla_id.hours", "sla_id.calendar_id", "sla_id.ignore_stage_ids")
    def _compute_today(self):
        for line in self:
            line.today = ", ".join(filter(None, line._describe_rule().values()))

    @api.depends(*PROPOSALS.values(), "sla_id.days", "sla_id.hours", "sla_id.calendar_id", "sla_id.ignore_stage_ids")
    def _compute_is_changed(self):
        for line in self:
            line.is_changed = line._get_terms_of_rule() != line._get_terms(line, PROPOSALS)

    @api.depends("sla_id.days", "sla_id.hours", "sla_id.calendar_id", "sla_id.ignore_stage_ids")
    def _compute_is_outdated(self):
        for line in self:
            line.is_outdated = line.rule_before != line._get_terms_of_rule()

    def write(self, vals):
        result = super().write(vals)
        if not set(PROPOSALS.values()).isdisjoint(vals):
            self.whatif_id._forget_results()
        return result

    def _remember_rule(self):
        for line in self:
            line.rule_before = line._get_terms_of_rule()

    def _get_terms_of_rule(self):
        return self._get_terms(self.sla_id, RULE)

    def _get_terms(self, record, names):
        """What `record`, a rule or a line, says in the fields `names`: as data to compare."""
        days, hours, calendar, stages = (record[names[name]] for name in PROPOSALS)
        return {"days": days, "hours": hours, "calendar": calendar.ids, "stages": sorted(stages.ids)}

    def _describe_rule(self):
        return self._describe(self.sla_id, RULE)

    def _describe_proposal(self):
        return self._describe(self, PROPOSALS)

    def _describe(self, record, names):
        """What `record`, a rule or a line, says in the fields `names`: in words for people to compare."""
        days, hours, calendar, stages = (record[names[name]] for name in PROPOSALS)
        parts = [self.env._("%s d", days) if days else "", self.env._("%s h", hours) if hours else ""]
        pauses = ", ".join(stages.sorted("sequence").mapped("name"))
        return {
            "time": " ".join(filter(None, parts)),
            "hours": calendar.name or "",
            "pauses": self.env._("pauses in %s", pauses) if pauses else "",
        }

    def _prepare_rule(self):
        """The values that the rule gets when the proposal is applied."""
        return {
            "days": self.days,
            "hours": self.hours,
            "calendar_id": self.calendar_id.id,
            "ignore_stage_ids": [Command.set(self.pause_stage_ids.ids)],
        }

    def _propose(self, promise, calendar_id):
        """What the rule would promise under the proposal: (target, working time)."""
        calendar = self.env["resource.calendar"].browse(calendar_id or ())
        seconds = self.sla_id._get_seconds(self.days, self.hours, calendar)
        target = replace(promise.target, seconds=seconds, pause_stage_ids=frozenset(self.pause_stage_ids.ids))
        return target, calendar._get_working_time()
