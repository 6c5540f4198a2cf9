from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ...const import LAYERS, TARGETS
from ...series import ALL_GROUP_USERS, OR, Constraint
from ...tools.cached import forget_cached
from ...tools.windows import open_list


class Trigger(NamedTuple):
    """When a threshold comes due, and for which targets, as plain data that can be cached."""

    threshold_id: int
    layer: str | None
    target: str | None
    sla_ids: frozenset
    kind: str
    percent: int
    minutes: int

    def covers(self, sla_id, layer, target):
        return (
            self.layer in (None, layer)
            and self.target in (None, target)
            and (not self.sla_ids or sla_id in self.sla_ids)
        )

    def get_point(self, target_seconds):
        """The working time used up when the threshold comes due, in seconds; None if it never does."""
        if self.kind == "percent":
            return target_seconds * self.percent // 100
        if self.kind == "after":
            return target_seconds + 60 * self.minutes
        point = target_seconds - 60 * self.minutes
        return point if point > 0 else None


class PsaSlaThreshold(models.Model):
    """A moment in the life of an SLA target at which somebody is told, or something is done.

    It comes due once for each target of a ticket: before the breach as a warning, at the breach or
    after it as an escalation.
    """

    _name = "psa.sla.threshold"
    _description = "SLA threshold"
    _inherit = ["psa.sla.preview.mixin", "mail.thread"]
    _order = "layer, target, sequence, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)

    layer = fields.Selection(LAYERS, tracking=True, help="Empty: both layers.")
    target = fields.Selection(TARGETS, tracking=True, help="Empty: response and resolution.")
    sla_ids = fields.Many2many(
        "helpdesk.sla",
        string="SLA rules",
        help="Empty: every rule of the layer and target above.",
    )
    trigger = fields.Selection(
        [
            ("percent", "At a part of the target (%)"),
            ("before", "Before the breach (working minutes)"),
            ("after", "At the breach or after it (working minutes)"),
        ],
        string="When",
        required=True,
        default="percent",
        tracking=True,
    )
    percent = fields.Integer(default=75, tracking=True, help="Of the working time that the target allows.")
    minutes = fields.Integer(
        tracking=True, help="Working minutes of the target's calendar. After the breach, 0 is the breach itself."
    )

    moment = fields.Char(string="When exactly", compute="_compute_moment")

    _percent_range = Constraint(
        "check(trigger <> 'percent' or percent between 1 and 99)",
        "A part of the target is between 1 and 99 %. For the breach itself choose “At the breach or after it”.",
    )
    _minutes_positive = Constraint(
        "check(minutes >= 0 and (trigger <> 'before' or minutes > 0))",
        "Give the minutes as a number above zero.",
    )

    @api.depends("trigger", "percent", "minutes")
    def _compute_moment(self):
        for threshold in self:
            words = {
                "percent": self.env._("At %s %% of the target", threshold.percent),
                "before": self.env._("%s working minutes before the breach", threshold.minutes),
                "after": self.env._("%s working minutes after the breach", threshold.minutes),
            }
            is_breach = threshold.trigger == "after" and not threshold.minutes
            threshold.moment = self.env._("At the breach") if is_breach else words[threshold.trigger]

    @api.model_create_multi
    def create(self, vals_list):
        thresholds = super().create(vals_list)
        thresholds._apply_thresholds(thresholds._get_covered_domain())
        return thresholds

    def write(self, vals):
        if self._get_timing_fields().isdisjoint(vals):
            return super().write(vals)
        covered = self._get_covered_domain()
        result = super().write(vals)
        self._apply_thresholds(OR([covered, self._get_covered_domain()]))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_alerts(self):
        """Alerts name the threshold for good, and no foreign key keeps it in place (see `LooseMany2one`)."""
        # sudo: every alert counts, also those that the user may not read.
        if used := self.env["psa.sla.alert"].sudo().search([("threshold_id", "in", self.ids)], limit=1).threshold_id:
            raise UserError(
                self.env._("%s has come due for tickets already. Archive it instead of deleting it.", used.name)
            )

    def unlink(self):
        covered = self._get_covered_domain()
        result = super().unlink()
        self._apply_thresholds(covered)
        return result

    def action_view_alerts(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_sla_alert_action", [("threshold_id", "=", self.id)])

    @api.model
    def _get_timing_fields(self):
        """The fields that say when a threshold comes due, and for which targets."""
        return {"active", "layer", "target", "sla_ids", "trigger", "percent", "minutes"}

    def _get_covered_domain(self):
        """The targets of tickets (`helpdesk.ticket.sla`) that these thresholds are for."""
        domains = []
        for threshold in self:
            own = [(name, "=", threshold[name]) for name in ("layer", "target") if threshold[name]]
            domains.append(own + ([("sla_id", "in", threshold.sla_ids.ids)] if threshold.sla_ids else []))
        return OR(domains) if domains else [("id", "=", 0)]

    @api.model
    def _apply_thresholds(self, covered):
        """Have a change of the thresholds hold for open tickets, too, at once."""
        forget_cached(self.env)
        self.env["helpdesk.ticket"]._replay_open_tickets([("ticket_sla_ids", "any", covered)])

    @api.model
    def _get_points(self, sla, target_seconds):
        """The thresholds of a target under the rule, in order: (consumed working seconds, id of the threshold).

        The breach is not among them. Whoever makes a plan puts the breach before thresholds of the same moment.
        """
        return self._get_points_of(sla.id, sla.layer, sla.target, target_seconds)

    @api.model
    @tools.ormcache("sla_id", "layer", "target", "target_seconds")
    def _get_points_of(self, sla_id, layer, target, target_seconds):
        """What `_get_points` gives, for a rule that is known as plain data."""
        points = [
            (trigger.get_point(target_seconds), trigger.threshold_id)
            for trigger in self._get_triggers()
            if trigger.covers(sla_id, layer, target)
        ]
        return tuple(sorted(point for point in points if point[0] is not None))

    @api.model
    @tools.ormcache()
    def _get_triggers(self):
        # sudo: thresholds hold for every ticket, also when the user who moves it may not read thresholds.
        return tuple(threshold._to_trigger() for threshold in self.sudo().search([]))

    def _to_trigger(self):
        return Trigger(
            self._origin.id,
            self.layer or None,
            self.target or None,
            frozenset(self.sla_ids._origin.ids),
            self.trigger,
            self.percent,
            self.minutes,
        )

    @api.model
    def _get_preview_fields(self):
        return sorted(self._get_timing_fields())

    def _count_impact(self):
        """A threshold misses no target. It alerts at once where its moment has passed and it has not come due yet."""
        trigger, own_id = self._to_trigger(), self._origin.id
        covered = list(self._get_open_targets(self._get_covered_domain()))
        alerts = 0
        for target in covered if self.active else ():
            point = trigger.get_point(target.target_seconds)
            alerts += point is not None and target.used_seconds >= point and own_id not in target.alerted_ids
        return sum(not target.is_met for target in covered), alerts, 0

    # --- What happens when a threshold comes due: whom it tells, by which means, and what it does to the ticket. ---

    tell_assignee = fields.Boolean(string="Assignee", help="Without one, the team leader, else Operations.")
    tell_leader = fields.Boolean(string="Team leader", help="Without one, Operations.")
    tell_team = fields.Boolean(string="Whole team")
    tell_operations = fields.Boolean(string="Operations", help="Everybody with the role Operations.")
    tell_manager = fields.Boolean(
        string="Manager", help="The leader of the parent team, else the company's SLA manager, else Operations."
    )
    tell_user_ids = fields.Many2many("res.users", string="These people", domain="[('share', '=', False)]")
    tell_contact = fields.Boolean(string="Client's contact", help="By mail only, and for the client layer only.")

    by_activity = fields.Boolean(string="Activity", help="Something to do today, on the ticket.")
    by_inbox = fields.Boolean(
        string="Notification", help="In the inbox of Odoo, or by mail for people who get their notifications so."
    )
    mail_template_id = fields.Many2one(
        "mail.template", string="Mail", ondelete="restrict", domain="[('model', '=', 'psa.sla.alert')]"
    )
    webhook_id = fields.Many2one(
        "psa.hub.connection",
        domain="[('adapter', '=', 'webhook')]",
        ondelete="restrict",
        help="The alert is posted to this system as well: a connection with the adapter for outgoing webhooks.",
    )

    escalation_level = fields.Integer(
        string="Escalate to level", tracking=True, help="0: this is a warning, nothing is escalated."
    )
    reassign_to = fields.Selection(
        [("leader", "The team leader"), ("user", "A person of the team")],
        string="Reassign to",
        tracking=True,
    )
    reassign_user_id = fields.Many2one(
        "res.users", string="Person", ondelete="restrict", domain="[('share', '=', False)]"
    )
    raise_priority = fields.Selection(
        [("one", "By one step"), ("critical", "To critical")], string="Raise the priority", tracking=True
    )
    tag_ids = fields.Many2many("helpdesk.ticket.tag", string="Add tags")

    audience = fields.Char(string="Tells", compute="_compute_audience")

    @api.depends(lambda self: self._get_audience_fields())
    def _compute_audience(self):
        names = [name for name in self._get_audience_fields() if name != "tell_user_ids"]
        labels = {name: self._fields[name]._description_string(self.env) for name in names}
        for threshold in self:
            told = [labels[name] for name in names if threshold[name]] + threshold.tell_user_ids.mapped("name")
            threshold.audience = ", ".join(told)

    @api.constrains("tell_contact", "layer", "mail_template_id")
    def _check_contact(self):
        for threshold in self.filtered("tell_contact"):
            if threshold.layer != "client":
                raise ValidationError(
                    self.env._("Internal targets are the desk's own: choose the client layer for %s.", threshold.name)
                )
            if not threshold.mail_template_id:
                raise ValidationError(self.env._("A client is told by mail: choose the mail of %s.", threshold.name))

    @api.constrains("reassign_to", "reassign_user_id")
    def _check_reassign(self):
        for threshold in self:
            if threshold.reassign_to == "user" and not threshold.reassign_user_id:
                raise ValidationError(self.env._("Choose the person that %s reassigns to.", threshold.name))

    @api.model
    def _get_audience_fields(self):
        return [name for name in self._fields if name.startswith("tell_")]

    def _get_users(self, ticket):
        """The people of the desk whom this threshold tells about the ticket."""
        self.ensure_one()
        team, company = ticket.team_id, ticket.company_id
        operations = self._get_operations(company)
        leader = team.user_id or operations
        users = self.tell_user_ids
        if self.tell_assignee:
            users |= ticket.user_id or leader
        if self.tell_leader:
            users |= leader
        if self.tell_team:
            users |= team.user_ids
        if self.tell_operations:
            users |= operations
        if self.tell_manager:
            users |= team.parent_id.user_id or company.sla_manager_id or operations
        return users.filtered("active")

    @api.model
    def _get_operations(self, company):
        users = self.env.ref("psa_base.group_operations")[ALL_GROUP_USERS]
        return users.filtered(lambda user: user.active and company in user.company_ids)
