import logging
import time
import uuid
from collections import Counter
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...exceptions import ERROR_CLASSES, DeadLetter, ErrorClass
from ...tools.node import get_node
from ...tools.origin import Origin
from ...tools.text import tell_error

_logger = logging.getLogger(__name__)

# Retry delay after a lost race.
RACE_DELAY = timedelta(seconds=5)


class PsaHubMessageMixin(models.AbstractModel):
    """A message between us and another system: one row of a ledger.

    The payload never changes. The state changes through `_update_state` only, and every try adds an attempt. Nobody
    writes or deletes a row by hand, whatever the rights.

    A received message has a method `_apply`: it does what the message asks for and returns the values that link to what
    it made, or raises DeadLetter.
    """

    _name = "psa.hub.message.mixin"
    _description = "Message of a connection"
    _inherit = ["psa.state.mixin"]
    _rec_name = "uuid"
    _order = "id desc"

    # The field of psa.hub.attempt that points here, and what this ledger calls the two states that every message has.
    _attempt_field = None
    _waiting_state = None
    _done_state = None

    # The values that a try leaves on its message when nothing failed.
    _NO_FAILURE = {"reason": False, "retry_at": False, "error_class": False, "mend": False, "mend_values": False}
    MAX_ERRORS = 5
    RETRY_DELAY = timedelta(minutes=5)

    uuid = fields.Char(
        string="Message", required=True, readonly=True, copy=False, default=lambda self: str(uuid.uuid4())
    )
    connection_id = fields.Many2one("psa.hub.connection", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="connection_id.company_id")
    reason = fields.Text(readonly=True, help="Why the message could not be worked, and what to do about it.")
    error_class = fields.Selection(ERROR_CLASSES, string="Kind of failure", readonly=True)
    mend = fields.Char(string="Suggested mend", readonly=True, help="The code of the screen that mends the cause.")
    mend_values = fields.Json(string="Facts for the mend", readonly=True)
    correlation_id = fields.Char(
        string="Correlation ID",
        readonly=True,
        copy=False,
        help="What the log lines and the other system's own records call this exchange.",
    )
    retry_at = fields.Datetime(
        string="Next try", readonly=True, help="Not before this time, after an unexpected error."
    )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Messages are a record of what happened: they cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Messages are a record of what happened: they cannot be deleted."))

    def _write_state(self, values):
        # sudo: the ledger is open to nobody. `super` passes the guard of this class.
        return super(PsaHubMessageMixin, self.sudo()).write(values)

    def _get_state_refusal(self, target):
        return self.env._(
            "Message %(message)s is %(state)s already.", message=self.uuid, state=self._get_state_label(self.state)
        )

    def _work(self, replayed_by=None):
        """Try to work a message: its effects, its new state and the attempt are one transaction.

        An unexpected error undoes the effects only; the attempt that tells of the error is kept.
        """
        self.ensure_one()
        started_at, clock = fields.Datetime.now(), time.monotonic()
        try:
            with self.env.cr.savepoint():
                links = self.with_context(**Origin.HUB.context)._apply()
            attempt, target, values = {"result": "done"}, self._done_state, links
        except DeadLetter as letter:
            attempt, target, values = self._get_outcome_of_letter(letter)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # The whole transaction is stale, and the caller starts it again.
        except Exception as error:
            _logger.exception("Message %s could not be worked", self.uuid)
            attempt, target, values = self._get_outcome_of_error(error)
        self._add_attempt(
            started_at=started_at,
            duration_ms=int((time.monotonic() - clock) * 1000),
            user_id=replayed_by and replayed_by.id,
            **attempt,
        )
        self._update_state((self._waiting_state, "dead"), target, **{**self._NO_FAILURE, **values})

    def _add_attempt(self, **values):
        """Add an attempt: the result of a try that this process made."""
        # sudo: nobody may add attempts by hand.
        self.env["psa.hub.attempt"].sudo().create({self._attempt_field: self.id, "node": get_node(), **values})

    def _get_outcome_of_letter(self, letter):
        """(values of the attempt, new state, values of the message) after a try that ended with `letter`."""
        attempt = {"result": "dead", "detail": str(letter), "error_class": letter.error_class}
        return (
            attempt,
            "dead",
            {
                "reason": str(letter),
                "error_class": letter.error_class,
                "mend": letter.mend,
                "mend_values": letter.values,
            },
        )

    def _get_outcome_of_error(self, error):
        """(values of the attempt, new state, values of the message) after an unexpected error.

        The message is tried again later, and becomes a dead letter after MAX_ERRORS errors.
        """
        # Another transaction has just made the same record. The next try will see it.
        is_race = isinstance(error, UniqueViolation)
        error_class = ErrorClass.TEMPORARY if is_race else ErrorClass.UNEXPECTED
        attempt = {
            "result": "error",
            "error_class": error_class,
            "error_type": type(error).__name__,
            "detail": str(error)[:2000],
        }
        errors = 1 + self.env["psa.hub.attempt"].search_count(
            [(self._attempt_field, "=", self.id), ("result", "=", "error")]
        )
        if self.state == self._waiting_state and errors < self.MAX_ERRORS:
            delay = RACE_DELAY if is_race else self.RETRY_DELAY * 2 ** (errors - 1)
            return attempt, self._waiting_state, {"retry_at": fields.Datetime.now() + delay, "error_class": error_class}
        reason = self.env._(
            "An unexpected error, %(count)s times: %(error)s. Look at the attempts, mend the cause, then replay.",
            count=errors,
            error=tell_error(error),
        )
        return attempt, "dead", {"reason": reason, "error_class": error_class}

    # --- Owner: the owner of the connection looks after a message until it is given to somebody else. ---

    assignee_id = fields.Many2one(
        "res.users", string="Given to", readonly=True, index="btree_not_null", ondelete="set null"
    )
    assigned_by_id = fields.Many2one("res.users", string="Given by", readonly=True, ondelete="set null")
    assigned_at = fields.Datetime(string="Given on", readonly=True)
    owner_id = fields.Many2one("res.users", compute="_compute_owner_id", search="_search_owner_id")

    @api.depends("assignee_id", "connection_id.owner_id")
    def _compute_owner_id(self):
        for message in self:
            message.owner_id = message.assignee_id or message.connection_id.owner_id

    def _search_owner_id(self, operator, value):
        inherited = ["&", ("assignee_id", "=", False), ("connection_id.owner_id", operator, value)]
        return ["|", "&", ("assignee_id", "!=", False), ("assignee_id", operator, value), *inherited]

    def _assign(self, user):
        """Give dead letters to `user`, with an entry in the audit for each."""
        self._check_may_settle()
        if any(message.state != "dead" for message in self):
            raise UserError(self.env._("Only dead letters have an owner to change; select those alone."))
        if not user.has_group("psa_base.group_operations"):
            raise UserError(
                self.env._("%s cannot settle dead letters: give them to somebody from operations.", user.name)
            )
        moved = self.filtered(lambda message: message.owner_id != user)
        before = {message: message.owner_id.name for message in moved}
        # sudo: the ledger is open to nobody. `super` passes the guard of the message.
        super(PsaHubMessageMixin, moved.sudo()).write(
            {"assignee_id": user.id, "assigned_by_id": self.env.uid, "assigned_at": fields.Datetime.now()}
        )
        reason = self.env._("A dead letter was given to somebody else.")
        self.env["psa.audit.entry"]._log(moved, "dead_letter", reason, before.get, user.name)
        return moved

    # --- Retention: the payload of a settled message is emptied after some time, and later the message is removed. ---

    # So many messages are emptied or removed in one transaction.
    KEEPING_STEP = 1000

    # The column with the time of arrival, the states in which a message is settled, and the values that empty a row.
    _arrived_field = None
    _settled_states = ()
    _emptied_values = {}

    emptied_at = fields.Datetime(
        string="Emptied on",
        readonly=True,
        help="The payload is gone since then: the connection says for how long payloads are kept.",
    )

    @api.model
    def _empty_payloads(self, now):
        """Empty the payloads of one step; returns {connection id: how many}."""
        values = {**self._emptied_values, "emptied_at": now}
        # ARRAY(...) runs the SELECT once. PostgreSQL may run IN (SELECT ... SKIP LOCKED) again for every row, and each
        # run would lock other messages.
        update = SQL(
            "UPDATE %s SET %s WHERE id = ANY(ARRAY(%s)) RETURNING connection_id",
            SQL.identifier(self._table),
            SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items()),
            self._select_old("payload_days", now, SQL("message.emptied_at IS NULL")),
        )
        rows = self.env.execute_query(update)
        self.invalidate_model()
        return Counter(connection_id for (connection_id,) in rows)

    @api.model
    def _remove_old(self, now):
        """Remove the messages of one step with their attempts; returns {connection id: how many}."""
        rows = self.env.execute_query(self._select_old("message_days", now, SQL("true")))
        ids = [message_id for (message_id,) in rows]
        if not ids:
            return {}
        self.env.cr.execute(
            SQL("DELETE FROM psa_hub_attempt WHERE %s = ANY(%s)", SQL.identifier(self._attempt_field), ids)
        )
        removed = self.env.execute_query(
            SQL("DELETE FROM %s WHERE id = ANY(%s) RETURNING connection_id", SQL.identifier(self._table), ids)
        )
        self.env.invalidate_all()
        return Counter(connection_id for (connection_id,) in removed)

    def _select_old(self, days, now, condition):
        """The query that finds and locks settled messages that are older than their connection keeps them.

        `days` is the connection's field with the number of days, `condition` a further condition (SQL).
        """
        self.flush_model()
        self.env["psa.hub.connection"].flush_model(["payload_days", "message_days"])
        return SQL(
            """
            SELECT message.id FROM %(table)s AS message
            JOIN psa_hub_connection AS connection ON connection.id = message.connection_id
            WHERE message.state IN %(settled)s AND %(condition)s
              AND message.%(arrived)s < %(now)s - connection.%(days)s * interval '1 day'
            ORDER BY message.id LIMIT %(step)s FOR UPDATE OF message SKIP LOCKED
            """,
            table=SQL.identifier(self._table),
            settled=self._settled_states,
            condition=condition,
            arrived=SQL.identifier(self._arrived_field),
            now=now,
            days=SQL.identifier(days),
            step=self.KEEPING_STEP,
        )
