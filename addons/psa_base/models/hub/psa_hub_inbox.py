import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...exceptions import DeadLetter, ErrorClass, PayloadError
from ...series import Constraint
from ...services.monitoring import events as monitoring_events
from ...tools.text import lay_out
from ...tools.windows import open_dialog

# The values of a message that is not set aside.
_NOT_ASIDE = {"aside_reason": False, "aside_by_id": False, "aside_at": False}


class PsaHubInbox(models.Model):
    """One message that a connection received, with a signature that was right, or fetched.

    It is answered once it is stored, and worked later by a job. It ends as `done`, with links to what came of it, or
    as a dead letter with a reason that a person can act on; a replay works the same payload once more. A dead letter
    that nobody can mend or needs is set aside (`cancelled`).
    """

    _name = "psa.hub.inbox"
    _description = "Received message"
    _inherit = ["psa.hub.message.mixin"]
    _attempt_field = "inbox_id"
    _waiting_state = "received"
    _done_state = "done"
    _arrived_field = "received_at"
    _settled_states = ("done", "cancelled")
    _emptied_values = {"raw": "{}", "headers": "{}"}

    state = fields.Selection(
        [("received", "Received"), ("done", "Done"), ("dead", "Dead letter"), ("cancelled", "Set aside")],
        required=True,
        readonly=True,
        default="received",
    )
    dedupe_key = fields.Char(
        string="Sender's ID", required=True, readonly=True, help="The same message twice has the same ID."
    )
    event_type = fields.Char(string="Event", readonly=True)
    source = fields.Selection(
        [("webhook", "Delivered"), ("relay", "Relayed"), ("poll", "Fetched")],
        required=True,
        readonly=True,
        default="webhook",
        help="How the message came: the system posted it, something else passed it on, or we asked for it.",
    )
    device_key = fields.Char(
        string="Device's ID",
        readonly=True,
        help="What the sending system calls the device. The messages of one device are worked in order.",
    )
    lane = fields.Integer(
        required=True, readonly=True, default=0, help="Lanes are worked at the same time, each by one worker."
    )
    received_at = fields.Datetime(string="Received on", required=True, readonly=True, default=fields.Datetime.now)
    raw = fields.Text(string="Payload as received", required=True, readonly=True)
    payload = fields.Text(compute="_compute_payload", help="The payload, laid out for people.")
    headers = fields.Json(readonly=True)
    headers_text = fields.Text(string="Headers as text", compute="_compute_headers_text")
    asset_id = fields.Many2one("psa.asset", readonly=True, index="btree_not_null", ondelete="set null")
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True, index="btree_not_null", ondelete="set null")
    alert_id = fields.Many2one("psa.alert", readonly=True, index="btree_not_null", ondelete="set null")
    attempt_ids = fields.One2many("psa.hub.attempt", "inbox_id", string="Attempts", readonly=True)

    _uuid_uniq = Constraint("unique(uuid)", "This message is here already.")
    _dedupe_key_uniq = Constraint(
        "unique(connection_id, dedupe_key)", "The connection has received this message already."
    )

    def init(self):
        # In order: payloads to empty, messages to work, messages that hold back others of their device, dead letters,
        # and the rate of a connection.
        self.env.cr.execute(
            """
            DROP INDEX IF EXISTS psa_hub_inbox_full_idx;
            CREATE INDEX IF NOT EXISTS psa_hub_inbox_whole_idx
                ON psa_hub_inbox (received_at) WHERE state IN ('done', 'cancelled') AND emptied_at IS NULL;
            CREATE INDEX IF NOT EXISTS psa_hub_inbox_lane_idx
                ON psa_hub_inbox (connection_id, lane, id) WHERE state = 'received';
            CREATE INDEX IF NOT EXISTS psa_hub_inbox_postponed_idx
                ON psa_hub_inbox (connection_id, device_key, id) WHERE state = 'received' AND retry_at IS NOT NULL;
            CREATE INDEX IF NOT EXISTS psa_hub_inbox_dead_idx
                ON psa_hub_inbox (connection_id, id) WHERE state = 'dead';
            CREATE INDEX IF NOT EXISTS psa_hub_inbox_rate_idx
                ON psa_hub_inbox (connection_id, received_at DESC);
            """
        )

    @api.depends("event_type")
    def _compute_display_name(self):
        for message in self:
            message.display_name = f"{message.event_type or message._description} #{message.id}"

    @api.depends("raw")
    def _compute_payload(self):
        for message in self:
            message.payload = lay_out(json.loads(message.raw))

    @api.depends("headers")
    def _compute_headers_text(self):
        for message in self:
            message.headers_text = "\n".join(f"{name}: {value}" for name, value in (message.headers or {}).items())

    def _apply(self):
        connection = self._get_worker(self.connection_id)
        try:
            event = connection._get_adapter().parse(json.loads(self.raw))
        except PayloadError as error:
            raise DeadLetter(
                self.env._(
                    "The field %(field)s of the message must be %(expected)s. Correct it in the sending "
                    "system and let it send again; a replay would find the same payload.",
                    field=error.field,
                    expected=error.expected,
                ),
                mend="fix_sender",
                error_class=ErrorClass.PAYLOAD,
                field=error.field,
            ) from error
        return monitoring_events.handle(connection, event, self.received_at, self)

    def _get_payload_text(self):
        return self.payload

    # --- Setting aside: dead letters that nobody can mend or needs. A replay takes them up again. ---

    aside_reason = fields.Text(string="Why it was set aside", readonly=True)
    aside_by_id = fields.Many2one("res.users", string="Set aside by", readonly=True, ondelete="set null")
    aside_at = fields.Datetime(string="Set aside on", readonly=True)

    def action_set_aside(self):
        """Open the dialog that asks why nobody needs these dead letters."""
        self._check_may_settle()
        context = {"default_message_ids": self.ids}
        return open_dialog(self.env["psa.hub.set.aside"], self.env._("Set aside"), context=context)

    def action_replay(self):
        """Work them once more. A message that was set aside can be, too, while its payload is kept."""
        self._check_may_settle()
        taken_up = self._lock("cancelled").filtered(lambda message: not message.emptied_at)
        taken_up._update_state(("cancelled",), "dead", **_NOT_ASIDE)
        return super().action_replay()

    def _set_aside(self, reason):
        """Set dead letters aside, with an entry in the audit for each; returns those that could be locked."""
        self._check_may_settle()
        messages = self._lock("dead")
        if not messages:
            raise UserError(self.env._("There is nothing to set aside: only dead letters that nobody works on can be."))
        self.env["psa.audit.entry"]._log(messages, "set_aside", reason, lambda message: message.reason or None)
        messages._update_state(
            ("dead",), "cancelled", aside_reason=reason, aside_by_id=self.env.uid, aside_at=fields.Datetime.now()
        )
        return messages

    def _select_old(self, days, now, condition):
        """A message that was set aside is kept as if it had arrived on that day: people may change their minds."""
        kept = SQL("message.aside_at >= %s - connection.%s * interval '1 day'", now, SQL.identifier(days))
        return super()._select_old(days, now, SQL("%s AND (%s) IS NOT TRUE", condition, kept))

    # --- Mends: the screens where a person mends what stopped a received message. ---

    def _mend_map_client(self):
        values = self.mend_values or {}
        context = {
            "default_connection_id": self.connection_id.id,
            "default_group": values.get("group"),
            "default_organization_id": values.get("organization_id"),
            "default_new_name": values.get("group"),
        }
        return open_dialog(self.env["psa.hub.map.client"], self.env._("Whose messages are these?"), context=context)

    def _mend_fix_sender(self):
        """Nothing here can mend it. The connection shows which system has to send something else."""
        return self._open_to_mend(self.connection_id)

    def _mend_match_device(self):
        return self.env["psa.asset.match"]._open_dialog(self)

    def _mend_move_asset(self):
        return self.env["psa.asset.match"]._open_dialog(self)

    def _mend_find_device(self):
        return self.env["psa.asset.match"]._open_dialog(self)

    @api.model
    def _get_mend_labels(self):
        return {
            **super()._get_mend_labels(),
            "map_client": self.env._("Say whose messages these are"),
            "fix_sender": self.env._("Look at the connection"),
            "match_device": self.env._("Say which asset it is"),
            "move_asset": self.env._("Say whose asset it is"),
            "find_device": self.env._("Find its asset"),
        }
