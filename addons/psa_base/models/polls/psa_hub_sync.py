from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...exceptions import ERROR_CLASSES
from ...tools.windows import open_list


class PsaHubSync(models.Model):
    """One run of a poll: what is fetched from a connection's system, how far it is, and the counts of what it found.

    A run fetches page by page. Each page is stored in a transaction of its own, together with where the next page
    starts. So an interrupted run goes on where it was, and storing a page twice changes nothing.
    """

    _name = "psa.hub.sync"
    _description = "Poll"
    _inherit = ["psa.state.mixin"]
    _order = "id desc"

    # Ended runs are kept for so long, for people to look back.
    KEPT_FOR = timedelta(days=30)

    connection_id = fields.Many2one("psa.hub.connection", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    kind = fields.Selection(
        [("organizations", "Organizations"), ("devices", "Devices"), ("alerts", "Alerts")],
        string="What",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="running",
        index=True,
    )
    requested_by_id = fields.Many2one(
        "res.users", string="Asked for by", readonly=True, help="Empty when it was started on schedule."
    )
    started_at = fields.Datetime(string="Started", required=True, readonly=True, default=fields.Datetime.now)
    worked_at = fields.Datetime(
        string="Last page", readonly=True, help="When the latest page was stored, or tried in vain."
    )
    ended_at = fields.Datetime(string="Ended", readonly=True)
    duration = fields.Float(string="Took (hours)", compute="_compute_duration")
    since = fields.Datetime(
        string="Looks back to",
        readonly=True,
        help="Alerts since this moment are fetched: some minutes before the last complete poll began.",
    )
    cursor = fields.Json(readonly=True, help="Where the next page starts.")
    total = fields.Integer(string="Of", readonly=True, help="How many there are, if the system says so.")
    progress = fields.Float(string="Progress (%)", compute="_compute_progress")
    seen_count = fields.Integer(string="Seen", readonly=True)
    created_count = fields.Integer(string="New", readonly=True)
    updated_count = fields.Integer(string="Changed", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    repaired_count = fields.Integer(
        string="Repaired", readonly=True, help="Values here that differed and were set back to the source's."
    )
    conflict_count = fields.Integer(string="Conflicts", readonly=True, help="Values that wait for a person's choice.")
    triage_count = fields.Integer(
        string="To triage", readonly=True, help="Devices that only a person can settle: they are dead letters."
    )
    missing_count = fields.Integer(
        string="Missing", readonly=True, help="Assets of this connection that the system did not tell of any more."
    )
    tries = fields.Integer(string="Tries in vain", readonly=True, help="At the page that is to come next.")
    retry_at = fields.Datetime(string="Next try", readonly=True)
    error_class = fields.Selection(ERROR_CLASSES, string="Kind of error", readonly=True)
    reason = fields.Text(readonly=True, help="What went wrong, and what to do about it.")

    def init(self):
        # A connection has at most one running poll of a kind, and its latest runs are looked up often.
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_hub_sync_running_idx
                ON psa_hub_sync (connection_id, kind) WHERE state = 'running';
            CREATE INDEX IF NOT EXISTS psa_hub_sync_latest_idx ON psa_hub_sync (connection_id, kind, id DESC);
            """
        )

    @api.depends("kind", "started_at")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for sync in self:
            sync.display_name = f"{kinds.get(sync.kind, '')} #{sync.id}"

    @api.depends("started_at", "ended_at")
    def _compute_duration(self):
        now = fields.Datetime.now()
        for sync in self:
            span = (sync.ended_at or now) - sync.started_at if sync.started_at else timedelta()
            sync.duration = span.total_seconds() / 3600

    @api.depends("seen_count", "total", "state")
    def _compute_progress(self):
        for sync in self:
            share = sync.seen_count / sync.total if sync.total else 0
            sync.progress = 100 if sync.state == "done" else min(99, 100 * share)

    def action_stop(self):
        """Stop these runs. What they have stored stays."""
        self._check_may_poll()
        for sync in self:
            sync._update_state(
                ("running",),
                "failed",
                ended_at=fields.Datetime.now(),
                reason=self.env._("%s stopped it.", self.env.user.name),
            )

    def action_view_missing(self):
        """Open the assets that the system did not list, for a person to decide about them."""
        self.ensure_one()
        return open_list(
            self.env,
            "psa_base.psa_asset_action",
            self.env["psa.asset"]._get_missing_domain(self.connection_id, self.started_at),
            name=self.env._("Missing devices"),
        )

    def action_view_triage(self):
        self.ensure_one()
        return open_list(
            self.env,
            "psa_base.psa_hub_inbox_action",
            [
                ("connection_id", "=", self.connection_id.id),
                ("source", "=", "poll"),
                ("event_type", "=", "Device"),
                ("state", "=", "dead"),
            ],
            name=self.env._("Devices to triage"),
        )

    def _write_state(self, values):
        # sudo: polls are the system's to write; who called was checked where that is a person.
        self.sudo().write(values)

    def _get_state_refusal(self, target):
        return self.env._("This poll has ended already.")

    @api.model
    def _start(self, connection, kind, requested_by=None):
        """Start a run; returns it, or an empty recordset when one is running already."""
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO psa_hub_sync (connection_id, kind, state, requested_by_id, started_at, since,
                                          create_uid, create_date)
                VALUES (%s, %s, 'running', %s, %s, %s, %s, %s)
                ON CONFLICT (connection_id, kind) WHERE state = 'running' DO NOTHING
                RETURNING id
                """,
                connection.id,
                kind,
                requested_by and requested_by.id,
                now,
                self._get_since(connection, kind, now) if kind == "alerts" else None,
                self.env.uid,
                now,
            ),
            log_exceptions=False,
        )
        sync = self.browse(row_id for (row_id,) in self.env.cr.fetchall())
        connection.invalidate_recordset(["sync_ids"])
        sync._wake()
        return sync

    @api.autovacuum
    def _gc_old_runs(self):
        """Remove old runs but for the last complete one of each connection and kind: the next run looks back to it."""
        complete = self._read_group([("state", "=", "done")], ["connection_id", "kind"], ["id:max"])
        self.search(
            [
                ("state", "!=", "running"),
                ("ended_at", "<", fields.Datetime.now() - self.KEPT_FOR),
                ("id", "not in", [run_id for _connection, _kind, run_id in complete]),
            ],
            limit=10_000,
        ).unlink()
