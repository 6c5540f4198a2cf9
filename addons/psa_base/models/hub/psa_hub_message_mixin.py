import logging
import time
import uuid
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...exceptions import ERROR_CLASSES, DeadLetter, ErrorClass
from ...tools.node import get_node
from ...tools.origin import Origin
from ...tools.text import tell_error

_logger = logging.getLogger(__name__)

# how long to wait when somebody else made the same thing meanwhile
RACE_DELAY = timedelta(seconds=5)

# what a try leaves on its message when it says nothing else
NO_FAILURE = {"reason": False, "retry_at": False, "error_class": False, "mend": False, "mend_values": False}


class PsaHubMessageMixin(models.AbstractModel):
    """A message between us and another system: a row of a ledger, and the tries at it.

    The payload never changes. The state changes through `_update_state` only, and every try is an
    attempt of its own. Nobody writes or deletes a row by hand, whatever the rights.

    Each kind of message says for itself what it is about, in `_apply`: that does it and returns the
    values that link to what it made, or raises DeadLetter.
    """

    _name = "psa.hub.message.mixin"
    _description = "Message of a connection"
    _inherit = [
        "psa.hub.dry.run.mixin",
        "psa.hub.keeping.mixin",
        "psa.hub.mend.mixin",
        "psa.hub.owner.mixin",
        "psa.hub.replay.mixin",
    ]
    _rec_name = "uuid"
    _order = "id desc"

    # which field of psa.hub.attempt points here, and the names of the two states that every message has
    _attempt_field = None
    _waiting_state = None
    _done_state = None

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

    def _update_state(self, allowed, target, **values):
        """The one door to a new state: from one of `allowed` to `target`, with what goes with it."""
        for message in self:
            if message.state not in allowed:
                state = dict(message._fields["state"]._description_selection(self.env))[message.state]
                raise UserError(
                    self.env._("Message %(message)s is %(state)s already.", message=message.uuid, state=state)
                )
        # sudo: the ledger is open to nobody. `super` passes the guard of this class.
        return super(PsaHubMessageMixin, self.sudo()).write({"state": target, **values})

    def _work(self, replayed_by=None):
        """One try at a message: its effects, its new state and the attempt are one transaction.

        An unexpected error undoes the effects alone, so the attempt that tells of it is kept.
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
            raise  # the whole transaction is stale: whoever called starts again
        except Exception as error:
            _logger.exception("Message %s could not be worked", self.uuid)
            attempt, target, values = self._get_outcome_of_error(error)
        self._add_attempt(
            started_at=started_at,
            duration_ms=int((time.monotonic() - clock) * 1000),
            user_id=replayed_by and replayed_by.id,
            **attempt,
        )
        self._update_state((self._waiting_state, "dead"), target, **{**NO_FAILURE, **values})

    def _add_attempt(self, **values):
        """Keep what a try by this process came to."""
        # sudo: nobody may add attempts by hand.
        self.env["psa.hub.attempt"].sudo().create({self._attempt_field: self.id, "node": get_node(), **values})

    def _get_outcome_of_letter(self, letter):
        """(what the attempt says, the new state, what goes with it)."""
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
        """The same for an error that is no dead letter yet: try again later, and give up after some time."""
        # Somebody else made the same a moment ago, which the next try will see.
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
