from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...series import Constraint
from ...tools.monitoring.rules import LEVELS, Rule, split_patterns

PATTERN_HELP = "One a line. A star stands for anything; without a star, the words may stand anywhere."


class PsaAlertRule(models.Model):
    """What comes of the alerts that meet its conditions. Of several rules the first one decides."""

    _name = "psa.alert.rule"
    _description = "Alert rule"
    _inherit = ["psa.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")

    connection_ids = fields.Many2many("psa.hub.connection", string="Connections")
    adapter = fields.Selection(lambda self: self.env["psa.hub.connection"]._get_adapters(), string="Kind of connection")
    partner_ids = fields.Many2many(
        "res.partner", string="Clients", domain="[('is_company', '=', True), ('parent_id', '=', False)]"
    )
    asset_patterns = fields.Text(string="Device is called", help=PATTERN_HELP)
    os_patterns = fields.Text(string="Operating system", help=PATTERN_HELP)
    title_patterns = fields.Text(string="Title", help=PATTERN_HELP)
    message_patterns = fields.Text(string="Message", help=PATTERN_HELP)
    is_low = fields.Boolean(string="Low")
    is_normal = fields.Boolean(string="Normal")
    is_elevated = fields.Boolean(string="Elevated")
    is_critical = fields.Boolean(string="Critical")
    hours = fields.Selection(
        [("within", "Within working hours"), ("outside", "Outside working hours")],
        string="At what time",
        help="Empty: at any time.",
    )
    calendar_id = fields.Many2one("resource.calendar", string="Working hours", ondelete="restrict")

    outcome = fields.Selection(
        [("ticket", "Make a ticket"), ("hold", "Wait for repeats"), ("ignore", "Ignore it")],
        string="What happens",
        required=True,
        default="ticket",
    )
    hold_count = fields.Integer(string="Times", default=3, help="A ticket is made when it was seen this many times.")
    hold_minutes = fields.Integer(string="Within minutes", default=30)
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        ondelete="restrict",
        help="Empty: the team of the connection, which also gets the tickets of other companies than this team's.",
    )
    priority_id = fields.Many2one("psa.alert.priority", string="Priority map", ondelete="restrict")
    category_id = fields.Many2one("helpdesk.ticket.category", ondelete="restrict")
    tag_ids = fields.Many2many("helpdesk.ticket.tag", string="Tags")
    grouping = fields.Selection(
        [
            ("device_condition", "For each condition of a device"),
            ("device", "For each device"),
            ("client_condition", "For each condition of a client"),
        ],
        string="One ticket",
        required=True,
        default="device_condition",
    )
    reopen_hours = fields.Float(
        string="Reopen within hours",
        default=24.0,
        help="When the condition comes back this soon after its ticket was closed, that ticket is reopened if its "
        "lifecycle allows it. Otherwise the new ticket links to it.",
    )
    note_minutes = fields.Integer(
        string="Notes at most every (minutes)",
        default=60,
        help="Every repeat is counted. A note on the ticket is written this often at most.",
    )
    flap_count = fields.Integer(
        string="Flaps when it came up", help="This many times within the minutes beside it. Zero: it never flaps."
    )
    flap_minutes = fields.Integer(string="Within so many minutes", default=60)
    quiet_hours = fields.Float(
        string="Over after quiet hours",
        help="For systems that never report that something is over: after so many hours without a repeat, it counts "
        "as over. Zero: it never does.",
    )

    _hold_positive = Constraint(
        "CHECK(outcome <> 'hold' OR (hold_count > 1 AND hold_minutes > 0))",
        "Wait for two repeats at least, and within how many minutes.",
    )
    _numbers_positive = Constraint(
        "CHECK(reopen_hours >= 0 AND note_minutes >= 0 AND flap_count >= 0 AND flap_minutes > 0 AND quiet_hours >= 0)",
        "Hours, minutes and times cannot be below zero.",
    )

    @api.constrains("hours", "calendar_id")
    def _check_calendar(self):
        for rule in self:
            if rule.hours and not rule.calendar_id:
                raise ValidationError(self.env._("Say whose working hours the rule “%s” goes by.", rule.name))

    @api.model
    @tools.ormcache()
    def _get_rules(self):
        """The active rules in their order, as plain data."""
        # sudo: the rules hold for every message, also when its user may not read them.
        return tuple(rule._get_data() for rule in self.sudo().search([]))

    def _get_data(self):
        return Rule(
            id=self._origin.id or 0,
            name=self.name or "",
            company_id=self.company_id.id or 0,
            connection_ids=frozenset(self.connection_ids._origin.ids),
            adapter=self.adapter or "",
            partner_ids=frozenset(self.partner_ids._origin.ids),
            asset_patterns=split_patterns(self.asset_patterns),
            os_patterns=split_patterns(self.os_patterns),
            title_patterns=split_patterns(self.title_patterns),
            message_patterns=split_patterns(self.message_patterns),
            priorities=frozenset(priority for priority in LEVELS if self[f"is_{priority}"]),
            working_time=self.calendar_id._get_working_time() if self.hours else None,
            is_within_hours=self.hours == "within",
            outcome=self.outcome,
            hold_count=self.hold_count,
            hold_minutes=self.hold_minutes,
            levels=self.priority_id._get_levels(),
            grouping=self.grouping,
            reopen_hours=self.reopen_hours,
            flap_count=self.flap_count,
            flap_minutes=self.flap_minutes,
            note_minutes=self.note_minutes,
            team_id=self.team_id.id or 0,
            category_id=self.category_id.id or 0,
            tag_ids=tuple(self.tag_ids._origin.ids),
        )

    # --- A rule in words, for the list of rules. ---

    when = fields.Char(compute="_compute_words")
    then = fields.Char(compute="_compute_words")

    @api.depends(
        "adapter",
        "asset_patterns",
        "connection_ids",
        "flap_count",
        "grouping",
        "hold_count",
        "hold_minutes",
        "hours",
        "is_critical",
        "is_elevated",
        "is_low",
        "is_normal",
        "message_patterns",
        "os_patterns",
        "outcome",
        "partner_ids",
        "priority_id",
        "quiet_hours",
        "team_id",
        "title_patterns",
    )
    def _compute_words(self):
        for rule in self:
            rule.when = " · ".join(rule._describe_conditions()) or self.env._("Any alert")
            rule.then = " · ".join(rule._describe_outcome())

    def _describe_conditions(self):
        """The conditions in words, a phrase for each."""
        words = []
        for name in ("connection_ids", "partner_ids"):
            if self[name]:
                words.append(f"{self._get_label(name)}: {', '.join(self[name].mapped('display_name'))}")
        if self.adapter:
            words.append(f"{self._get_label('adapter')}: {self._get_choice('adapter')}")
        for name in ("asset_patterns", "os_patterns", "title_patterns", "message_patterns"):
            if patterns := split_patterns(self[name]):
                words.append(f"{self._get_label(name)}: {self.env._(' or ').join(patterns)}")
        names = ("is_low", "is_normal", "is_elevated", "is_critical")
        if priorities := [self._get_label(name) for name in names if self[name]]:
            words.append(self.env._("Priority: %s", ", ".join(priorities)))
        if self.hours:
            words.append(f"{self._get_choice('hours')} ({self.calendar_id.name or '…'})")
        return words

    def _describe_outcome(self):
        """What happens to an alert that meets the conditions, a phrase for each thing."""
        if self.outcome == "ignore":
            return [self._get_choice("outcome")]
        words = [self._get_choice("outcome")]
        if self.outcome == "hold":
            words = [
                self.env._(
                    "Make a ticket when it was seen %(count)s times within %(minutes)s minutes",
                    count=self.hold_count,
                    minutes=self.hold_minutes,
                )
            ]
        if self.grouping != "device_condition":
            words.append(f"{self._get_label('grouping')} {self._get_choice('grouping').lower()}")
        if self.team_id:
            words.append(self.env._("Team: %s", self.team_id.name))
        if self.priority_id:
            words.append(self.env._("Priorities: %s", self.priority_id.name))
        if self.quiet_hours:
            words.append(self.env._("Over after %g quiet hours", self.quiet_hours))
        return words

    @api.model
    def _get_condition_label(self, name):
        """What a condition of `tools/monitoring/rules.py` is called on the form."""
        return self.env._("Sender's priority") if name == "priorities" else self._get_label(name)

    def _get_label(self, name):
        return self._fields[name]._description_string(self.env)

    def _get_choice(self, name):
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "…")
