from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...adapters.facts import CREATE_ORGANIZATION
from ...adapters.webhook import POST
from ...series import Constraint
from ...services.calls.sending import Letter
from ...tools.text import lay_out


class PsaHubOutbox(models.Model):
    """One message to another system: it asks for an operation there, such as creating an organization.

    A business transaction puts it here, and a job sends it after the commit. The operation is done once: when a try
    ended without an answer, the other system is asked whether it was done before the message is sent again, unless that
    system itself recognizes repeats by the message's key. It ends as `sent`, as a dead letter with a reason that a
    person can act on, or is cancelled.
    """

    _name = "psa.hub.outbox"
    _description = "Message to send"
    _inherit = ["psa.hub.message.mixin"]
    _attempt_field = "outbox_id"
    _waiting_state = "waiting"
    _done_state = "sent"
    _arrived_field = "created_at"
    _settled_states = ("sent", "cancelled")
    _emptied_values = {"payload": "{}"}

    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("dead", "Dead letter"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    operation = fields.Char(required=True, readonly=True, help="What the other system is asked to do.")
    operation_words = fields.Char(string="What", compute="_compute_operation_words")
    payload = fields.Json(required=True, readonly=True)
    payload_text = fields.Text(
        string="Payload as text", compute="_compute_payload_text", help="The payload, laid out for people."
    )
    idempotency_key = fields.Char(
        string="Key",
        required=True,
        readonly=True,
        copy=False,
        help="The same for every try, so that the other system can recognize repeats.",
    )
    ordering_key = fields.Char(
        string="Queue", readonly=True, default="", help="Messages with the same one are sent one after the other."
    )
    res_model = fields.Char(string="Model of the subject", readonly=True)
    res_id = fields.Many2oneReference(string="Subject", model_field="res_model", readonly=True)
    created_at = fields.Datetime(string="Created", required=True, readonly=True, default=fields.Datetime.now)
    tries = fields.Integer(readonly=True, default=0)
    sending_at = fields.Datetime(string="Last try", readonly=True)
    is_unsure = fields.Boolean(
        string="May have arrived",
        readonly=True,
        help="A try ended without an answer. The other system is asked before anything is repeated.",
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True)
    external_id = fields.Char(string="ID at the other system", readonly=True)
    detail = fields.Json(string="What came of it", readonly=True)
    acted_by_id = fields.Many2one("res.users", string="Replayed or cancelled by", readonly=True)
    attempt_ids = fields.One2many("psa.hub.attempt", "outbox_id", string="Attempts", readonly=True)

    _uuid_uniq = Constraint("unique(uuid)", "This message is here already.")
    _idempotency_key_uniq = Constraint(
        "unique(connection_id, idempotency_key)", "The connection has this message to send already."
    )

    def init(self):
        # In order: messages to send and those before them in their queue, dead letters, payloads to empty, and the
        # messages of a subject.
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS psa_hub_outbox_open_idx
                ON psa_hub_outbox (connection_id, ordering_key, id) WHERE state IN ('waiting', 'sending');
            CREATE INDEX IF NOT EXISTS psa_hub_outbox_dead_idx
                ON psa_hub_outbox (connection_id, id) WHERE state = 'dead';
            CREATE INDEX IF NOT EXISTS psa_hub_outbox_full_idx
                ON psa_hub_outbox (created_at) WHERE state IN ('sent', 'cancelled') AND emptied_at IS NULL;
            CREATE INDEX IF NOT EXISTS psa_hub_outbox_subject_idx ON psa_hub_outbox (res_model, res_id);
            """
        )

    @api.depends("operation")
    def _compute_operation_words(self):
        words = self._get_operation_words()
        for message in self:
            message.operation_words = words.get(message.operation, message.operation)

    @api.depends("operation_words")
    def _compute_display_name(self):
        for message in self:
            message.display_name = f"{message.operation_words or message._description} #{message.id}"

    @api.depends("payload")
    def _compute_payload_text(self):
        for message in self:
            message.payload_text = lay_out(message.payload)

    def action_replay(self):
        """Send messages again: dead letters, waiting ones at once, and sent ones if the receiver recognizes repeats."""
        messages = self._lock_for_person("dead", "waiting", "sent")._filter_replayable()
        if not messages:
            raise UserError(
                self.env._("None of these can be sent again: it would be done twice, or the payload is gone.")
            )
        messages._replay_messages(self.env.user)

    def action_confirm_arrival(self):
        """Treat messages as sent, because a person has seen in the other system that they arrived."""
        messages = self._lock_for_person("dead").filtered("is_unsure")
        messages._update_state(("dead",), "waiting", tries=0, sent_at=fields.Datetime.now(), acted_by_id=self.env.uid)
        for connection in messages.connection_id:
            self._wake_after_commit(connection)

    def action_cancel(self):
        """Cancel messages. One that is being sent at this moment cannot be cancelled."""
        self._lock_for_person("dead", "waiting")._update_state(
            ("dead", "waiting"), "cancelled", retry_at=False, acted_by_id=self.env.uid
        )

    @api.model
    def _get_operation_words(self):
        """{operation: its name for people}."""
        return {
            CREATE_ORGANIZATION: self.env._("Create a client"),
            POST: self.env._("Post a webhook"),
        }

    @api.model
    def _put(self, connection, operation, payload, key, record=None, ordering_key=""):
        """Put a message that asks for `operation`; returns it, or the one that has this `key` already.

        This only writes a row. It makes no call and takes no lock, so a user's save never waits for it; the message is
        sent after the commit.
        """
        message = self._put_many(operation, [Letter(connection, payload, key, record, ordering_key)])
        if message:
            return message
        # sudo: the user may cause a message without being allowed to read the outbox.
        return self.sudo().search([("connection_id", "=", connection.id), ("idempotency_key", "=", key)]).sudo(False)

    @api.model
    def _put_many(self, operation, letters):
        """Put a message for each `Letter`, in one statement; returns those whose key was not known yet."""
        if not letters:
            return self.browse()
        for connection in {letter.connection for letter in letters}:
            if operation not in connection._get_adapter().operations:
                raise ValueError(f"{connection.adapter} has no operation {operation}")
        now = fields.Datetime.now()
        rows = [{**letter.prepare_values(), **self._prepare_new(operation, now)} for letter in letters]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO psa_hub_outbox (%s) VALUES %s
                ON CONFLICT (connection_id, idempotency_key) DO NOTHING RETURNING id, connection_id
                """,
                SQL(", ").join(map(SQL.identifier, rows[0])),
                SQL(", ").join(SQL("%s", tuple(row.values())) for row in rows),
            ),
            log_exceptions=False,
        )
        put = self.env.cr.fetchall()
        connections = {letter.connection.id: letter.connection for letter in letters}
        for connection_id in {connection_id for _message_id, connection_id in put}:
            self._wake_after_commit(connections[connection_id])
        return self.browse(message_id for message_id, _connection_id in put)

    def _prepare_new(self, operation, now):
        return {
            "operation": operation,
            "state": self._waiting_state,
            "tries": 0,
            "is_unsure": False,
            "created_at": now,
            "create_uid": self.env.uid,
            "create_date": now,
        }

    def _lock_for_person(self, *states):
        """Lock and return the messages in one of `states` that the user may replay or cancel now."""
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may replay or cancel messages."))
        self.check_access("read")
        messages = self._lock(*states)
        if not messages:
            raise UserError(
                self.env._("There is nothing to do: these messages are sent, cancelled or being sent already.")
            )
        messages.invalidate_recordset()
        return messages

    # --- Dead letters: their mend, a dry run, and the replay. ---

    can_repeat = fields.Boolean(
        string="Can be repeated",
        compute="_compute_can_repeat",
        help="It was sent, and may be sent again: the receiver recognizes repeats.",
    )

    @api.depends("state", "emptied_at", "operation", "connection_id.adapter")
    def _compute_can_repeat(self):
        for message in self:
            adapter = message.connection_id._get_adapter()
            message.can_repeat = (
                message.state == self._done_state
                and not message.emptied_at
                and adapter.is_idempotent(message.operation)
            )

    def _mend_look_up(self):
        """Open the message itself with its attempts: a person has to look in the other system."""
        return self._open_to_mend(self)

    @api.model
    def _get_mend_labels(self):
        return {**super()._get_mend_labels(), "look_up": self.env._("See what may have arrived")}

    def _dry_run(self):
        """Say what would be sent. Nothing is sent, because another system cannot take anything back."""
        if not self._lock("dead"):
            raise UserError(self.env._("There is nothing to try: only dead letters that nobody works on can be."))
        names = {"operation": self.operation, "connection": self.connection_id.name}
        if self.is_unsure:
            words = self.env._(
                "%(connection)s would be asked first whether %(operation)s has arrived; it would be sent only if not.",
                **names,
            )
        else:
            words = self.env._("%(operation)s would be sent to %(connection)s with this payload.", **names)
        values = [(name, "", value if isinstance(value, str) else str(value)) for name, value in self.payload.items()]
        return "done", words, [{"model": names["connection"], "name": self.operation, "is_new": True, "values": values}]

    def _filter_replayable(self):
        """All messages but those that were sent and would be done twice."""
        return self.filtered(lambda message: message.can_repeat or message.state != self._done_state)

    def _replay_messages(self, user):
        """Let messages wait for the sender again, sent ones that can be repeated among them; `user` asked for it."""
        values = {"tries": 0, "retry_at": False, "acted_by_id": user.id}
        repeated = self.filtered("can_repeat")
        repeated._update_state((self._done_state,), self._waiting_state, sent_at=False, **values)
        (self - repeated)._update_state(("dead", self._waiting_state), self._waiting_state, **values)
        for connection in self.connection_id:
            self._wake_after_commit(connection)

    def _get_replayed_words(self):
        return self.env._("On their way again: %s.", len(self))

    def _get_payload_text(self):
        return self.payload_text
