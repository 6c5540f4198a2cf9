from datetime import datetime, time

from dateutil.relativedelta import relativedelta
from pytz import UTC, timezone

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...const import LAYERS
from ...tools.windows import CLOSE, open_dialog, open_list

SUMS = ["__count", "breaches_before:sum", "breaches_after:sum"]


class PsaSlaWhatif(models.Model):
    """A question and its answer: how would a past period have gone under other SLA rules?

    The lines propose other times, hours and pauses for rules. The results tell, target by target, what
    would have come of that. Rules stay as they are until somebody applies the proposal.
    """

    _name = "psa.sla.whatif"
    _description = "SLA what-if"
    _inherit = ["psa.state.mixin"]
    _order = "id desc"

    # What-ifs that nobody has changed for so long are deleted.
    KEEP_DAYS = 90

    name = fields.Char(required=True, default=lambda self: self.env._("What if …"))
    state = fields.Selection(
        [("draft", "Proposal"), ("running", "Calculating"), ("done", "Calculated"), ("applied", "Applied")],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
    )
    date_from = fields.Date(
        string="Tickets opened from", required=True, default=lambda self: self._get_last_quarter()[0]
    )
    date_to = fields.Date(string="Until", required=True, default=lambda self: self._get_last_quarter()[1])
    team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        string="Teams",
        domain="[('lifecycle_id', '!=', False), ('use_sla', '=', True)]",
        help="Empty: all teams with a lifecycle.",
    )
    layer = fields.Selection(LAYERS, help="Empty: both layers.")
    line_ids = fields.One2many(
        "psa.sla.whatif.line",
        "whatif_id",
        string="Rules",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
        copy=True,
    )
    result_ids = fields.One2many("psa.sla.whatif.result", "whatif_id", string="Results", readonly=True)
    changed_rule_count = fields.Integer(string="Rules changed", compute="_compute_changed_rule_count")
    open_ticket_count = fields.Integer(
        string="Open tickets touched",
        compute="_compute_open_ticket_count",
        help="Open tickets that are under a rule that the proposal changes.",
    )
    reason = fields.Text(copy=False, help="Why the rules change: kept in the audit.")

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        if self.filtered(lambda whatif: whatif.date_to < whatif.date_from):
            raise ValidationError(self.env._("The period ends before it begins: correct its dates."))

    @api.depends("team_ids", "layer")
    def _compute_line_ids(self):
        """A line for each rule that tickets of the teams can be under. Lines that stay keep their proposals."""
        for whatif in self:
            rules = whatif._find_rules()
            kept = whatif.line_ids.filtered(lambda line, rules=rules: line.sla_id in rules)
            whatif.line_ids = [
                *(Command.unlink(line.id) for line in whatif.line_ids - kept),
                *(Command.create({"sla_id": rule.id}) for rule in rules - kept.sla_id),
            ]

    @api.depends("line_ids.is_changed")
    def _compute_changed_rule_count(self):
        for whatif in self:
            whatif.changed_rule_count = len(whatif.line_ids.filtered("is_changed"))

    @api.depends("line_ids.is_changed")
    def _compute_open_ticket_count(self):
        for whatif in self:
            rules = whatif.line_ids.filtered("is_changed").sla_id
            # sudo: applying the proposal touches every open ticket, also those that the user may not read.
            whatif.open_ticket_count = (
                self.env["helpdesk.ticket"]
                .sudo()
                .search_count([("ticket_sla_ids", "any", [("sla_id", "in", rules.ids), ("met_at", "=", False)])])
            )

    def write(self, vals):
        """Drop the results when the question changes: they answer another one."""
        result = super().write(vals)
        if not self._get_question_fields().isdisjoint(vals):
            self._forget_results()
        return result

    def action_calculate(self):
        """Replay the period: the first tickets at once, the others in the background."""
        self.ensure_one()
        self._update_state(("draft", "running", "done", "applied"), "running", done_count=0, ticket_count=0)
        self._start_calculation()

    def action_open_results(self, outcome=None):
        self.ensure_one()
        outcome = outcome or self.env.context.get("outcome")
        context = {"search_default_changed": 1} if outcome == "changed" else {f"search_default_{outcome}": 1}
        domain = [("whatif_id", "=", self.id)]
        return open_list(self.env, "psa_base.psa_sla_whatif_result_action", domain, context if outcome else None)

    def action_open_analysis(self):
        action = self.action_open_results()
        views = sorted(action["views"], key=lambda view: ("pivot", "graph", "list", "form").index(view[1]))
        return {**action, "views": views, "view_mode": ",".join(mode for _view, mode in views)}

    def action_ask_to_apply(self):
        """Show what applying would touch, and ask for the reason."""
        self.ensure_one()
        self._check_can_apply()
        view = self.env.ref("psa_base.psa_sla_whatif_view_form_apply")
        return open_dialog(self, self.env._("Apply the proposal"), views=[(view.id, "form")])

    def action_apply(self):
        """Write the proposal to the rules, with an audit entry for each rule."""
        self.ensure_one()
        self._check_can_apply()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why the rules change: the reason is kept in the audit."))
        lines = self.line_ids.filtered("is_changed")
        before = {line.sla_id: line._describe_rule() for line in lines}
        after = {line.sla_id: line._describe_proposal() for line in lines}
        for line in lines:
            line.sla_id.write(line._prepare_rule())
        self.env["psa.audit.entry"]._log(lines.sla_id, "rules", self.reason.strip(), before.get, after.get)
        lines._remember_rule()
        self._update_state(("done",), "applied")
        return CLOSE

    def _get_state_refusal(self, target):
        return self.env._("Calculate the proposal first, then apply it.")

    def _forget_results(self):
        asked = self.filtered(lambda whatif: whatif.state != "draft")
        asked.result_ids.unlink()
        for whatif in asked:
            whatif._update_state(("running", "done", "applied"), "draft", done_count=0, ticket_count=0)

    def _check_can_apply(self):
        if self.state != "done":
            raise UserError(self._get_state_refusal("applied"))
        if not self.changed_rule_count:
            raise UserError(self.env._("The proposal changes nothing: give a rule another time, hours or pauses."))
        for line in self.line_ids.filtered("is_outdated"):
            raise UserError(
                self.env._(
                    "The rule %s has changed since this was calculated. Look at its line and calculate again.",
                    line.sla_id.name,
                )
            )

    def _find_rules(self):
        domain = [("layer", "=", self.layer)] if self.layer else []
        rules = self.env["helpdesk.sla"].search([*domain, "|", ("hours", ">", 0), ("days", ">", 0)])
        teams = self.team_ids._origin
        return rules.filtered(lambda rule: not teams or not rule.team_ids or rule.team_ids & teams)

    def _get_period(self):
        """The first moment of the period and the first one after it, in UTC. Days begin in the user's time zone."""
        zone = timezone(self.env.user.tz or "UTC")
        days = self.date_from, self.date_to + relativedelta(days=1)
        return [zone.localize(datetime.combine(day, time.min)).astimezone(UTC).replace(tzinfo=None) for day in days]

    @api.model
    def _get_question_fields(self):
        return {"date_from", "date_to", "team_ids", "layer", "line_ids"}

    @api.model
    def _get_last_quarter(self):
        today = fields.Date.context_today(self)
        start = today.replace(day=1, month=3 * ((today.month - 1) // 3) + 1)
        return start - relativedelta(months=3), start - relativedelta(days=1)

    @api.autovacuum
    def _gc_whatifs(self):
        """Delete old what-ifs: rules and tickets have changed since they were calculated."""
        limit = fields.Datetime.now() - relativedelta(days=self.KEEP_DAYS)
        self.search([("write_date", "<", limit)]).unlink()

    # --- The summary on one page: how many breaches there were, and how many there would have been. ---

    summary = fields.Html(compute="_compute_summary", sanitize=False)
    newly_late_count = fields.Integer(string="Newly late", compute="_compute_outcome_counts")
    saved_count = fields.Integer(string="No longer late", compute="_compute_outcome_counts")

    @api.depends("state")
    def _compute_outcome_counts(self):
        groups = self.env["psa.sla.whatif.result"]._read_group(
            [("whatif_id", "in", self.ids), ("outcome", "in", ("newly_late", "saved"))],
            ["whatif_id", "outcome"],
            ["__count"],
        )
        counts = {(whatif.id, outcome): count for whatif, outcome, count in groups}
        for whatif in self:
            whatif.newly_late_count = counts.get((whatif.id, "newly_late"), 0)
            whatif.saved_count = counts.get((whatif.id, "saved"), 0)

    @api.depends("state")
    def _compute_summary(self):
        for whatif in self:
            whatif.summary = whatif.state in ("done", "applied") and self.env["ir.qweb"]._render(
                "psa_base.psa_sla_whatif_summary", whatif._prepare_summary()
            )

    def _prepare_summary(self):
        results, own = self.env["psa.sla.whatif.result"], [("whatif_id", "=", self.id)]
        words = {name: dict(results._fields[name]._description_selection(self.env)) for name in ("layer", "target")}
        rows = [
            {"team": team.name, "layer": words["layer"][layer], "target": words["target"][target], **_to_row(sums)}
            for team, layer, target, *sums in results._read_group(own, ["team_id", "layer", "target"], SUMS)
        ]
        months = [
            {"name": format_date(self.env, month, date_format="MMM y"), **_to_row(sums)}
            for month, *sums in results._read_group(own, ["opened_at:month"], SUMS)
        ]
        most = max((count for month in months for count in (month["before"], month["after"])), default=0)
        return {
            "tickets": self.done_count,
            "total": _to_row([sum(row[name] for row in rows) for name in ("count", "before", "after")]),
            "newly_late": self.newly_late_count,
            "saved": self.saved_count,
            "rows": rows,
            "months": months,
            "most": most or 1,
        }


def _to_row(sums):
    count, before, after = (number or 0 for number in sums)
    return {
        "count": count,
        "before": before,
        "after": after,
        "change": after - before,
        "kept_before": _get_percentage(count - before, count),
        "kept_after": _get_percentage(count - after, count),
    }


def _get_percentage(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "–"
