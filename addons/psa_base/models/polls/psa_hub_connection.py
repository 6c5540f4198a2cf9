from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...adapters import ADAPTERS
from ...adapters.facts import CREATE_ORGANIZATION
from ...series import Constraint
from ...tools.windows import open_list


class PsaHubConnection(models.Model):
    """What is fetched from a connection's system, and how often."""

    _inherit = "psa.hub.connection"

    can_poll = fields.Boolean(string="Can be polled", compute="_compute_abilities", search="_search_can_poll")
    poll_interval_minutes = fields.Integer(
        string="Alerts every (minutes)",
        help="How often alerts are fetched that were not delivered. 0: only when somebody asks.",
    )
    inventory_interval_hours = fields.Integer(
        string="Devices every (hours)",
        help="How often organizations and devices are compared with what is here. 0: only when somebody asks.",
    )
    sync_ids = fields.One2many("psa.hub.sync", "connection_id", string="Polls", readonly=True)
    last_poll_at = fields.Datetime(string="Last complete poll", compute="_compute_last_poll_at")

    _poll_intervals_sane = Constraint(
        "check(coalesce(poll_interval_minutes, 0) >= 0 and coalesce(inventory_interval_hours, 0) >= 0)",
        "How often a connection is polled cannot be below zero.",
    )

    def _search_can_poll(self, operator, value):
        polling = [code for code, adapter in ADAPTERS.items() if adapter.polls]
        wanted = (operator in ("=", "in")) == bool(value)
        return [("adapter", "in" if wanted else "not in", polling)]

    @api.depends("sync_ids.state", "sync_ids.ended_at")
    def _compute_last_poll_at(self):
        latest = dict(
            self.env["psa.hub.sync"]._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "done")], ["connection_id"], ["ended_at:max"]
            )
        )
        for connection in self:
            connection.last_poll_at = latest.get(connection)

    def action_poll_now(self):
        """Start a poll of each kind now, whatever the schedule says."""
        self.ensure_one()
        runs = self.env["psa.hub.sync"]
        runs._check_may_poll()
        kinds = self._get_adapter().polls
        if not kinds:
            raise UserError(self.env._("%s cannot be polled: its adapter only receives.", self.name))
        # sudo: only the system may write polls; `_check_may_poll` has said that this person may ask for one.
        started = [runs.sudo()._start(self, kind, requested_by=self.env.user) for kind in kinds]
        action = self.action_view_polls()
        if not any(started):
            action["params"] = {"message": self.env._("The polls are under way already.")}
        return action

    def action_view_polls(self):
        self.ensure_one()
        return open_list(
            self.env,
            "psa_base.psa_hub_sync_action",
            [("connection_id", "=", self.id)],
            {"search_default_connection_id": self.id},
        )

    @api.model
    def _get_abilities(self, adapter):
        return {
            **super()._get_abilities(adapter),
            "can_poll": bool(adapter.polls),
            "can_create_organizations": CREATE_ORGANIZATION in adapter.operations,
        }

    def _get_due_polls(self):
        """The kinds of poll that are due, in order: devices need their organizations, alerts their devices."""
        now = fields.Datetime.now()
        rows = self.env["psa.hub.sync"]._read_group(
            [("connection_id", "=", self.id)], ["kind"], ["started_at:max", "ended_at:count", "__count"]
        )
        latest = {kind: (started_at, count > ended) for kind, started_at, ended, count in rows}
        for kind in self._get_adapter().polls:
            interval = self._get_poll_interval(kind)
            started_at, is_running = latest.get(kind, (None, False))
            if interval and not is_running and (not started_at or now - started_at >= interval):
                yield kind

    def _get_poll_interval(self, kind):
        if kind == "alerts":
            return timedelta(minutes=self.poll_interval_minutes)
        return timedelta(hours=self.inventory_interval_hours)

    # --- Organizations: the clients as the vendor knows them, and whether new clients are created there. ---

    can_create_organizations = fields.Boolean(string="Vendor takes new clients", compute="_compute_abilities")
    creates_organizations = fields.Boolean(
        string="Create new clients there",
        help="A client company that is created here is looked up at the vendor by its name, and created when there "
        "is none. Its save never waits for that.",
    )
    organization_ids = fields.One2many("psa.hub.organization", "connection_id", string="Organizations")
    unlinked_count = fields.Integer(string="Organizations without a client", compute="_compute_unlinked_count")

    @api.depends("organization_ids.partner_id")
    def _compute_unlinked_count(self):
        counts = dict(
            self.env["psa.hub.organization"]._read_group(
                [("connection_id", "in", self.ids), ("partner_id", "=", False)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.unlinked_count = counts.get(connection, 0)

    def action_view_organizations(self):
        self.ensure_one()
        return open_list(
            self.env,
            "psa_base.psa_hub_organization_action",
            [("connection_id", "=", self.id)],
            {"default_connection_id": self.id, "search_default_not_linked": bool(self.unlinked_count)},
        )
