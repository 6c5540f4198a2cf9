import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ...exceptions import CallError, ErrorClass
from ...services.polls import pages
from ...tools.locks import try_lock
from ...tools.own_transaction import run_apart

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run fetches next, as plain data that is used outside of any transaction."""

    kind: str
    cursor: dict | None
    since: datetime | None


class PsaHubSync(models.Model):
    """How a run works: it fetches a page outside of any transaction, and stores it in a transaction of its own.

    Whenever the server dies, the run goes on with the page that was not stored. After a fault that may pass the run
    waits and tries again; any other fault ends it with a reason.
    """

    _inherit = "psa.hub.sync"

    # A job that has polled for so many seconds ends and enqueues another one, so that other jobs get the worker.
    TIME_BUDGET = 60
    # A run that has stored nothing for so long has lost its job.
    SILENCE = timedelta(minutes=5)
    # A run looks back so much further than the start of the run before: clocks differ, and vendors list alerts late.
    OVERLAP = timedelta(minutes=15)
    FIRST_LOOK_BACK = timedelta(days=1)
    LONGEST_LOOK_BACK = timedelta(days=30)
    # The waits after faults that may pass. When the try after the last wait fails as well, the run has failed.
    WAITS = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15))
    PASSING = frozenset({ErrorClass.TEMPORARY, ErrorClass.RATE_LIMITED, ErrorClass.UNEXPECTED})

    def _wake(self):
        """Enqueue the work on these runs, unless it is enqueued already."""
        worker = self.with_user(self.env.ref("psa_base.user_integration"))
        for sync in worker:
            sync.with_delay(
                description=self.env._("Poll a connection"), identity_key=f"psa.hub.sync.{sync.id}"
            )._run_pages()

    def _run_pages(self):
        """Fetch and store pages until there are no more, or the time budget is used; returns how many pages."""
        self.ensure_one()
        if not try_lock(self.env, "psa.hub.sync", self.id):
            raise RetryableJobError("This poll is under way already.", seconds=5, ignore_retry=True)
        count, started_at = 0, time.monotonic()
        try:
            with self.connection_id._calling() as client:
                while plan := run_apart(self.env, lambda env: self.with_env(env)._get_plan()):
                    page = self._fetch_page(client, plan)
                    run_apart(self.env, lambda env, page=page: self.with_env(env)._keep_page(page))
                    count += 1
                    if time.monotonic() - started_at >= self.TIME_BUDGET:
                        self._wake()
                        break
        except CallError as error:
            self._fail_run_apart(error.error_class, str(error), error.retry_after)
        except Exception as error:
            _logger.exception("Poll %s failed", self.id)
            self._fail_run_apart(
                ErrorClass.UNEXPECTED, self.env._("An unexpected error: %s.", f"{type(error).__name__}: {error}"[:500])
            )
        return count

    def _fetch_page(self, client, plan):
        adapter = self.connection_id._get_adapter()
        if plan.kind == "alerts":
            return adapter.fetch_alerts(client, plan.cursor, plan.since, self._find_known)
        fetch = adapter.fetch_organizations if plan.kind == "organizations" else adapter.fetch_devices
        return fetch(client, plan.cursor)

    def _find_known(self, keys):
        connection = self.connection_id
        return set(run_apart(self.env, lambda env: env["psa.hub.inbox"]._find_known(connection.with_env(env), keys)))

    def _get_plan(self):
        """What is to be fetched next; None when the run is over or waits for its next try."""
        if self.state != "running" or (self.retry_at and self.retry_at > fields.Datetime.now()):
            return None
        return Plan(self.kind, self.cursor or None, self.since)

    def _keep_page(self, page):
        """Store a page and where the next one starts, unless the run was stopped meanwhile."""
        self._lock_run()
        if self.state != "running":
            return
        connection = self.connection_id.with_company(self.company_id)
        counts = pages.keep_page(connection, self.kind, page.rows, self.started_at)
        values = {f"{name}_count": self[f"{name}_count"] + count for name, count in counts.items()}
        values |= {
            "seen_count": self.seen_count + len(page.rows),
            "total": page.total if page.total is not None else self.total,
            "cursor": page.cursor,
            "worked_at": fields.Datetime.now(),
            "tries": 0,
            "retry_at": False,
            "error_class": False,
            "reason": False,
        }
        if page.cursor is not None:
            self._update_state(("running",), "running", **values)
            return
        if self.kind == "devices":
            values["missing_count"] = pages.count_missing(connection, self.started_at)
        self._update_state(("running",), "done", ended_at=fields.Datetime.now(), **values)

    def _fail_run_apart(self, error_class, reason, retry_after=None):
        run_apart(self.env, lambda env: self.with_env(env)._fail_run(error_class, reason, retry_after))

    def _fail_run(self, error_class, reason, retry_after=None):
        """Let the run wait after a fault that may pass. End it after any other fault, or after too many tries."""
        self._lock_run()
        if self.state != "running":
            return
        now = fields.Datetime.now()
        values = {"error_class": error_class, "reason": reason, "worked_at": now, "tries": self.tries + 1}
        if error_class in self.PASSING and self.tries < len(self.WAITS):
            wait = max(self.WAITS[self.tries], timedelta(seconds=retry_after or 0))
            self._update_state(("running",), "running", retry_at=now + wait, **values)
            return
        self._update_state(("running",), "failed", ended_at=now, retry_at=False, **values)

    def _lock_run(self):
        """Lock the run and read it again: a person may have stopped it meanwhile."""
        self.env.cr.execute(SQL("SELECT FROM psa_hub_sync WHERE id = %s FOR UPDATE", self.id))
        self.invalidate_recordset()

    @api.model
    def _get_since(self, connection, kind, now):
        """The moment that a run looks back to: a little before the last complete run of this kind began."""
        latest = self.search(
            [("connection_id", "=", connection.id), ("kind", "=", kind), ("state", "=", "done")], limit=1
        )
        if not latest:
            return now - self.FIRST_LOOK_BACK
        return max(latest.started_at - self.OVERLAP, now - self.LONGEST_LOOK_BACK)

    @api.model
    def _cron_poll(self):
        """Start the polls that are due, and enqueue runs whose wait is over or whose job was lost."""
        for connection in self.env["psa.hub.connection"].search([("can_poll", "=", True)]):
            for kind in connection._get_due_polls():
                self._start(connection, kind)
        now = fields.Datetime.now()
        self.search(
            [
                ("state", "=", "running"),
                *("|", "&", ("retry_at", "=", False), "|"),
                *(("worked_at", "<", now - self.SILENCE), "&", ("worked_at", "=", False)),
                *(("started_at", "<", now - self.SILENCE), ("retry_at", "<=", now)),
            ]
        )._wake()

    @api.model
    def _check_may_poll(self):
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may start or stop polls."))
