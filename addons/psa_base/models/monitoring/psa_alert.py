from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...const import PRIORITIES, SOURCE_PRIORITIES
from ...series import Constraint
from ...tools.monitoring.rules import ALIVE
from ...tools.windows import open_list


class PsaAlert(models.Model):
    """One episode of one condition: it came up, was seen so many times, and is over or not.

    `key` names the condition; the rule decides what counts as the same one. While an episode goes on, the database
    allows no other one with its key. People write no alerts: `services/monitoring/alerts.py` does.
    """

    _name = "psa.alert"
    _description = "Alert"
    _inherit = ["psa.state.mixin"]
    _order = "last_at desc, id desc"
    _rec_name = "title"
    _log_access = False

    title = fields.Char(required=True, readonly=True)
    message = fields.Text(readonly=True)
    connection_id = fields.Many2one("psa.hub.connection", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    partner_id = fields.Many2one(
        "res.partner", string="Client", required=True, readonly=True, index=True, ondelete="restrict"
    )
    asset_id = fields.Many2one("psa.asset", readonly=True, index="btree_not_null", ondelete="set null")
    key = fields.Char(required=True, readonly=True, index=True)
    rule_id = fields.Many2one(
        "psa.alert.rule",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The rule that decided what happens. Empty: no rule was for this alert, so it made a ticket.",
    )

    state = fields.Selection(
        [
            ("open", "Open"),
            ("suppressed", "Suppressed"),
            ("held", "Held back"),
            ("ignored", "Ignored"),
            ("recovered", "Over"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    suppressed_by = fields.Char(string="Suppressed by", readonly=True)
    priority = fields.Selection(PRIORITIES, required=True, readonly=True, help="The highest so far.")
    source_priority = fields.Selection(SOURCE_PRIORITIES, string="Sender's priority", readonly=True)
    occurrence_count = fields.Integer(string="Times seen", required=True, readonly=True, default=1)
    first_at = fields.Datetime(string="First seen", required=True, readonly=True)
    last_at = fields.Datetime(string="Last seen", required=True, readonly=True, index=True)
    recovered_at = fields.Datetime(string="Over since", readonly=True)
    opening_count = fields.Integer(
        string="Came up of late",
        readonly=True,
        default=1,
        aggregator=None,
        help="How often the condition had come up within the time that its rule looks at.",
    )
    is_flapping = fields.Boolean(
        string="Flapping",
        readonly=True,
        help="The condition comes and goes: the ticket stays open until there is calm.",
    )
    calm_at = fields.Datetime(
        string="Calm after", readonly=True, help="If the condition has not come back by then, the ticket may be closed."
    )
    noted_at = fields.Datetime(string="Last note on the ticket", readonly=True)

    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True, index="btree_not_null", ondelete="set null")
    occurrence_ids = fields.One2many("psa.alert.occurrence", "alert_id", string="Timeline", readonly=True)
    inbox_ids = fields.One2many("psa.hub.inbox", "alert_id", string="Messages", readonly=True)

    _count_positive = Constraint("check(occurrence_count >= 0)", "An alert cannot be seen less than never.")

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_alert_alive_key_uniq
                ON psa_alert (key) WHERE state <> 'recovered';
            CREATE INDEX IF NOT EXISTS psa_alert_alive_idx
                ON psa_alert (connection_id, partner_id) WHERE state <> 'recovered';
            CREATE INDEX IF NOT EXISTS psa_alert_calm_idx ON psa_alert (calm_at) WHERE calm_at IS NOT NULL;
            CREATE INDEX IF NOT EXISTS psa_alert_muted_idx
                ON psa_alert (muted_since) WHERE state = 'open' AND muted_since IS NOT NULL;
            """
        )

    def action_open_ticket_now(self):
        """Make the ticket that a rule or a maintenance window has held back so far."""
        self._check_may_act()
        # The integration user makes the tickets of alerts, whoever asks for one.
        for alert in self.with_user(self.env.ref("psa_base.user_integration")):
            alert.with_company(alert.company_id)._raise_now()
        return True

    def action_end(self):
        """A person knows that it is over. The ticket stays as it is: people close it."""
        self._check_may_act()
        self._update_state(ALIVE, "recovered", recovered_at=fields.Datetime.now())
        return True

    def action_view_messages(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_hub_inbox_action", [("alert_id", "=", self.id)])

    def _check_may_act(self):
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may decide about alerts."))
        self.check_access("read")

    def _write_by_system(self, values):
        """Write to alerts. No user has the right to, neither people nor the one who works messages."""
        # sudo: alerts are open to nobody, so that all changes come from the verbs of this model.
        self.sudo().write(values)

    def _write_state(self, values):
        self._write_by_system(values)

    def _get_state_refusal(self, target):
        return self.env._(
            "“%(alert)s” is “%(state)s” already.", alert=self.title, state=self._get_state_label(self.state)
        )

    @api.model
    def _open_episode(self, values):
        """Begin an episode, unless one with its key goes on. Return the episode, and whether it is new.

        If another transaction begins one at the same time, this raises a serialization failure: the caller starts
        again and finds that one.
        """
        self.flush_model()
        insert = SQL(
            """
            INSERT INTO psa_alert (%s) VALUES %s
            ON CONFLICT (key) WHERE state <> 'recovered' DO NOTHING RETURNING id
            """,
            SQL(", ").join(map(SQL.identifier, values)),
            tuple(values.values()),
        )
        self.env.cr.execute(insert, log_exceptions=False)
        if row := self.env.cr.fetchone():
            return self.browse(row[0]), True
        return self.search([("key", "=", values["key"]), ("state", "!=", "recovered")]), False

    def _count(self, occurrence):
        """Add an occurrence and count it, in one statement. Return False if it was counted before."""
        self.ensure_one()
        self.flush_recordset()
        columns = {"alert_id": self.id, "kind": "on", **occurrence}
        self.env.cr.execute(
            SQL(
                """
                WITH added AS (
                    INSERT INTO psa_alert_occurrence (%(columns)s) VALUES %(values)s
                    ON CONFLICT DO NOTHING RETURNING alert_id, at
                )
                UPDATE psa_alert SET occurrence_count = occurrence_count + 1, last_at = greatest(last_at, added.at)
                FROM added WHERE psa_alert.id = added.alert_id
                """,
                columns=SQL(", ").join(map(SQL.identifier, columns)),
                values=tuple(columns.values()),
            ),
            log_exceptions=False,
        )
        is_new = bool(self.env.cr.rowcount)
        self.invalidate_recordset(["occurrence_count", "last_at", "occurrence_ids"], flush=False)
        return is_new
