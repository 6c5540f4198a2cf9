from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...adapters.facts import Alert
from ...exceptions import DeadLetter, PayloadError
from ...services.monitoring import alerts
from ...tools import strict_json
from ...tools.monitoring.rules import choose, get_key
from ...tools.windows import open_dialog


class PsaAlertTester(models.TransientModel):
    """A dialog that says what would come of a payload, rule by rule, and changes nothing."""

    _name = "psa.alert.tester"
    _description = "Try the alert rules"

    connection_id = fields.Many2one("psa.hub.connection", required=True, ondelete="cascade")
    inbox_id = fields.Many2one(
        "psa.hub.inbox",
        string="A message that came",
        domain="[('connection_id', '=', connection_id)]",
        ondelete="cascade",
        help="Its payload is taken.",
    )
    payload = fields.Text(required=True, help="As the system sends it: a JSON object.")
    at = fields.Datetime(string="Received on", required=True, default=fields.Datetime.now)
    event = fields.Char(string="What it says", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    asset_id = fields.Many2one("psa.asset", readonly=True)
    verdict = fields.Text(string="What would happen", readonly=True)
    line_ids = fields.One2many("psa.alert.tester.line", "tester_id", string="Rule by rule", readonly=True)

    @api.onchange("inbox_id")
    def _onchange_inbox_id(self):
        if self.inbox_id:
            self.payload = self.inbox_id.payload

    def action_try(self):
        """Answer, and show the dialog again."""
        self.ensure_one()
        self.connection_id.check_access("read")
        # The integration user would work the message, so the answer is given with its rights.
        connection = self.connection_id.with_user(self.env.ref("psa_base.user_integration"))
        connection = connection.with_company(connection.company_id)
        self.write({"event": False, "partner_id": False, "asset_id": False, "line_ids": [Command.clear()]})
        try:
            self.write(self._answer(connection))
        except DeadLetter as letter:
            self.verdict = self.env._("It would wait among the dead letters: %s", letter)
        return open_dialog(self, self._description)

    def _answer(self, connection):
        alert = self._read_event(connection)
        if not isinstance(alert, Alert):
            return {
                "event": self.env._("This is no alert, so no rule is asked."),
                "verdict": self.env._("A device becomes an asset, or brings its asset up to date."),
            }
        event = f"{alert.title} · {alert.priority} · {alert.device_identifier or alert.hostname or '—'}"
        self.event = event
        asset, client = alerts.find_place(connection, alert)
        facts = alerts.get_facts(connection, alert, asset, client, self.at)
        rules = connection.env["psa.alert.rule"]._get_rules()
        is_recovery = alerts.is_recovery(connection.env, alert, facts)
        verdict = (
            self._tell_recovery(connection, alert, facts)
            if is_recovery
            else self._tell_alert(connection, facts, choose(rules, facts))
        )
        return {
            "partner_id": client.id,
            "asset_id": asset.id,
            "verdict": "\n".join(verdict),
            "line_ids": [] if is_recovery else self._prepare_lines(rules, facts),
        }

    def _read_event(self, connection):
        try:
            payload = strict_json.loads_object(self.payload.encode())
        except ValueError as error:
            raise UserError(self.env._("The payload must be one JSON object: %s.", error)) from error
        try:
            return connection._get_adapter().parse(payload)
        except PayloadError as error:
            raise UserError(
                self.env._(
                    "The field %(field)s of the payload must be %(expected)s.",
                    field=error.field,
                    expected=error.expected,
                )
            ) from error

    def _prepare_lines(self, rules, facts):
        """A line for each rule: whether it is for the alert, and why not. Rules after the first one are not asked."""
        lines, is_decided = [Command.clear()], False
        model = self.env["psa.alert.rule"]
        for rule in rules:
            objections = rule.get_objections(facts)
            if is_decided:
                result, why = "unasked", self.env._("A rule before it has decided.")
            elif objections:
                result, why = "no", ", ".join(model._get_condition_label(name) for name in objections)
            else:
                result, why, is_decided = "yes", self.env._("Everything that it asks for is true."), True
            lines.append(Command.create({"rule_id": rule.id, "result": result, "why": why}))
        return lines

    def _tell_recovery(self, connection, alert, facts):
        ended = alerts.find_ended(connection.env, alert, facts)
        episodes = connection.env["psa.alert"].browse({alert_id for alert_id, _key, _title in ended})
        if not episodes:
            return [self.env._("It says that something is over, but nothing is on for the device: nothing happens.")]
        said = [self.env._("It ends: %s.", ", ".join(sorted({title for _alert, _key, title in ended})))]
        for episode in episodes.filtered(lambda alert: alert.state == "open" and alert.ticket_id):
            ticket = episode.ticket_id
            said.append(
                self.env._("Ticket %s is closed if its lifecycle allows it and nobody has touched it.", ticket.number)
            )
        return said

    def _tell_alert(self, connection, facts, rule):
        episode = connection.env["psa.alert"]._find_alive(get_key(rule, facts))
        silent = episode._find_maintenance(facts)
        state = episode._judge(rule, silent, facts.at)
        said = [self.env._("The rule “%s” decides.", rule.name) if rule.id else self.env._("No rule is for it.")]
        if episode:
            said.append(
                self.env._(
                    "It counts on the alert “%(alert)s”, seen %(count)s times so far.",
                    alert=episode.title,
                    count=episode.occurrence_count,
                )
            )
        if episode.state == "open" and episode._has_open_ticket():
            said.append(self.env._("Its ticket is %s.", episode.ticket_id.number))
            return said
        said.append(
            {
                "ignored": self.env._("It is ignored: kept in the list, without a ticket."),
                "suppressed": self.env._("It is suppressed. %s.", silent),
                "held": self.env._(
                    "It is held back until it was seen %(count)s times within %(minutes)s minutes.",
                    count=rule.hold_count,
                    minutes=rule.hold_minutes,
                ),
                "open": self._tell_ticket(connection, facts, rule),
            }[state]
        )
        return said

    def _tell_ticket(self, connection, facts, rule):
        team = connection.env["helpdesk.ticket.team"].browse(rule.team_id) or connection.team_id
        levels = dict(self.env["psa.alert"]._fields["priority"]._description_selection(self.env))
        return self.env._(
            "It gets a ticket of the team %(team)s with the priority %(priority)s.",
            team=team.name,
            priority=levels[rule.get_level(facts.priority)],
        )


class PsaAlertTesterLine(models.TransientModel):
    """What one rule says about the payload that is tried."""

    _name = "psa.alert.tester.line"
    _description = "A rule in the dialog that tries them"
    _order = "id"

    tester_id = fields.Many2one("psa.alert.tester", required=True, ondelete="cascade")
    rule_id = fields.Many2one("psa.alert.rule", readonly=True, ondelete="cascade")
    when = fields.Char(related="rule_id.when")
    then = fields.Char(related="rule_id.then")
    result = fields.Selection(
        [("yes", "Decides"), ("no", "Not for it"), ("unasked", "Not asked")], string="Verdict", readonly=True
    )
    why = fields.Char(readonly=True, help="Which of its conditions are not met.")
