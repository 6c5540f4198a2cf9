from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...exceptions import CallError, ErrorClass
from ...series import Constraint
from ...tools.own_transaction import execute_apart

# Errors that are faults of the line. After any other error the other system did answer.
_FAULTS = frozenset({ErrorClass.TEMPORARY, ErrorClass.UNKNOWN_OUTCOME})


class PsaHubCircuit(models.Model):
    """The line to one connection's system: a circuit breaker, and when the next call may be made.

    All processes and machines share it. So it has a table of its own, and each change is one statement in a transaction
    of its own: a business transaction never waits for a call, and its rollback does not undo what a call has shown.
    """

    _name = "psa.hub.circuit"
    _description = "Line to a connection"
    _rec_name = "connection_id"
    _log_access = False

    # So many faults in a row open the circuit for a pause. The pause doubles with every trial call that fails.
    MAX_FAULTS = 5
    FIRST_PAUSE = timedelta(minutes=1)
    LONGEST_PAUSE = timedelta(hours=1)
    # The trial call has so long. If its process dies, another caller may make the trial after this time.
    TRIAL = timedelta(minutes=2)
    # A caller waits at most so long for its turn. When it would have to wait longer, it comes back later.
    MAX_WAIT = timedelta(seconds=30)

    connection_id = fields.Many2one("psa.hub.connection", required=True, readonly=True, ondelete="cascade")
    state = fields.Selection(
        [("closed", "Working"), ("open", "Interrupted"), ("half_open", "On trial")],
        required=True,
        readonly=True,
        default="closed",
    )
    fault_count = fields.Integer(string="Faults in a row", readonly=True, default=0)
    pause_seconds = fields.Integer(string="Pause (seconds)", readonly=True, default=0)
    retry_at = fields.Datetime(string="Next trial", readonly=True)
    next_call_at = fields.Datetime(string="Next call", readonly=True)
    last_contact_at = fields.Datetime(string="Last contact", readonly=True)
    last_failure_at = fields.Datetime(string="Last fault", readonly=True)
    last_failure = fields.Char(string="What the fault was", readonly=True)

    _connection_uniq = Constraint("unique(connection_id)", "A connection has one line.")

    @api.model
    def _enter(self, connection):
        """Let a caller in. Raises CallError while the circuit is open, or while the other system asked for a pause.

        After the pause of an open circuit one caller is let in for a trial call. Its result closes the circuit or
        opens it again.
        """
        now = fields.Datetime.now()
        row = execute_apart(
            self.env,
            SQL(
                """
                WITH trial AS (
                    UPDATE psa_hub_circuit SET state = 'half_open', retry_at = %(lease)s
                    WHERE connection_id = %(connection)s AND state <> 'closed' AND retry_at <= %(now)s
                      AND COALESCE(next_call_at <= (clock_timestamp() AT TIME ZONE 'UTC') + %(max_wait)s, TRUE)
                    RETURNING id
                )
                SELECT state <> 'closed' AND NOT EXISTS (SELECT FROM trial),
                       EXTRACT(EPOCH FROM retry_at - %(now)s),
                       EXTRACT(EPOCH FROM next_call_at - (clock_timestamp() AT TIME ZONE 'UTC'))
                FROM psa_hub_circuit WHERE connection_id = %(connection)s
                """,
                lease=now + self.TRIAL,
                now=now,
                max_wait=self.MAX_WAIT,
                connection=connection.id,
            ),
        )
        is_interrupted, pause, hold = row or (False, 0, 0)
        self._check_hold(connection, hold)
        if is_interrupted:
            raise CallError(
                self.env._(
                    "Calls to %s are interrupted after several faults in a row; it is tried again by itself.",
                    connection.name,
                ),
                ErrorClass.TEMPORARY,
                retry_after=max(float(pause or 0), 1),
            )

    @api.model
    def _book(self, connection, seconds):
        """Book the first free moment at least `seconds` after the call before; returns the seconds until then."""
        row = execute_apart(
            self.env,
            SQL(
                """
                INSERT INTO psa_hub_circuit AS circuit
                    (connection_id, state, fault_count, pause_seconds, next_call_at)
                VALUES (%(connection)s, 'closed', 0, 0, (clock_timestamp() AT TIME ZONE 'UTC') + %(interval)s)
                ON CONFLICT (connection_id) DO UPDATE SET next_call_at =
                    GREATEST(circuit.next_call_at, clock_timestamp() AT TIME ZONE 'UTC') + %(interval)s
                WHERE COALESCE(circuit.next_call_at <= (clock_timestamp() AT TIME ZONE 'UTC') + %(max_wait)s, TRUE)
                RETURNING EXTRACT(
                    EPOCH FROM next_call_at - %(interval)s - (clock_timestamp() AT TIME ZONE 'UTC')
                )
                """,
                connection=connection.id,
                interval=timedelta(seconds=seconds),
                max_wait=self.MAX_WAIT,
            ),
        )
        if not row:
            self._enter(connection)
            return self.MAX_WAIT.total_seconds()
        return max(0.0, float(row[0]))

    @api.model
    def _check_hold(self, connection, seconds):
        if seconds and seconds > self.MAX_WAIT.total_seconds():
            raise CallError(
                self.env._("%s wants to be left alone for a while; it is called again later.", connection.name),
                ErrorClass.RATE_LIMITED,
                retry_after=float(seconds),
            )

    @api.model
    def _record_call(self, connection, error=None):
        """Record how a call ended: with an answer, or with `error` (CallError)."""
        if error is None or (error.status and error.error_class not in _FAULTS):
            self._record_contact(connection)
        elif error.error_class in _FAULTS:
            self._record_fault(connection, error)
        if error and error.retry_after:
            self._hold(connection, error.retry_after)

    @api.model
    def _record_contact(self, connection):
        execute_apart(
            self.env,
            SQL(
                """
                INSERT INTO psa_hub_circuit (connection_id, state, fault_count, pause_seconds, last_contact_at)
                VALUES (%s, 'closed', 0, 0, %s)
                ON CONFLICT (connection_id) DO UPDATE SET state = 'closed', fault_count = 0, pause_seconds = 0,
                    retry_at = NULL, last_contact_at = EXCLUDED.last_contact_at
                """,
                connection.id,
                fields.Datetime.now(),
            ),
        )

    @api.model
    def _record_fault(self, connection, error):
        """Count a fault, and open the circuit after too many. Faults do not change the pause of an open circuit."""
        opens = SQL(
            "(circuit.state = 'half_open' OR circuit.state = 'closed' AND circuit.fault_count + 1 >= %s)",
            self.MAX_FAULTS,
        )
        pause = SQL(
            "LEAST(%s, GREATEST(%s, circuit.pause_seconds * 2))",
            int(self.LONGEST_PAUSE.total_seconds()),
            int(self.FIRST_PAUSE.total_seconds()),
        )
        execute_apart(
            self.env,
            SQL(
                """
                INSERT INTO psa_hub_circuit AS circuit
                    (connection_id, state, fault_count, pause_seconds, last_failure_at, last_failure)
                VALUES (%(connection)s, 'closed', 1, 0, %(now)s, %(text)s)
                ON CONFLICT (connection_id) DO UPDATE SET
                    state = CASE WHEN %(opens)s THEN 'open' ELSE circuit.state END,
                    pause_seconds = CASE WHEN %(opens)s THEN %(pause)s ELSE circuit.pause_seconds END,
                    retry_at = CASE WHEN %(opens)s
                        THEN EXCLUDED.last_failure_at + %(pause)s * INTERVAL '1 second' ELSE circuit.retry_at END,
                    fault_count = circuit.fault_count + 1,
                    last_failure_at = EXCLUDED.last_failure_at,
                    last_failure = EXCLUDED.last_failure
                """,
                connection=connection.id,
                now=fields.Datetime.now(),
                text=str(error)[:500],
                opens=opens,
                pause=pause,
            ),
        )

    @api.model
    def _end_pause(self, connection):
        """End the pause and the hold now, so that the next caller makes the trial call."""
        execute_apart(
            self.env,
            SQL(
                """
                UPDATE psa_hub_circuit SET next_call_at = NULL,
                    retry_at = CASE WHEN state = 'closed' THEN retry_at ELSE LEAST(retry_at, %s) END
                WHERE connection_id = %s
                """,
                fields.Datetime.now(),
                connection.id,
            ),
        )

    @api.model
    def _end_hold(self, connection):
        """End the hold, so that the next call is made at once. The pause of an open circuit goes on."""
        execute_apart(
            self.env,
            SQL("UPDATE psa_hub_circuit SET next_call_at = NULL WHERE connection_id = %s", connection.id),
        )

    @api.model
    def _hold(self, connection, seconds):
        """Make no call for so many seconds, because the other system asked for that."""
        execute_apart(
            self.env,
            SQL(
                """
                UPDATE psa_hub_circuit SET next_call_at =
                    GREATEST(next_call_at, (clock_timestamp() AT TIME ZONE 'UTC') + %s)
                WHERE connection_id = %s
                """,
                timedelta(seconds=seconds),
                connection.id,
            ),
        )
