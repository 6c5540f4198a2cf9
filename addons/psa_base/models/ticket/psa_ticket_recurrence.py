import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...series import cron_progress
from ...tools.windows import open_records

_logger = logging.getLogger(__name__)


class PsaTicketRecurrence(models.Model):
    """Tickets that are opened by themselves: a template, a client and its assets, and a schedule."""

    _name = "psa.ticket.recurrence"
    _description = "Recurring ticket"
    _inherit = ["psa.state.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "state, next_at, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("running", "Running"), ("paused", "Paused"), ("done", "Ended")],
        required=True,
        readonly=True,
        default="running",
        copy=False,
        index=True,
        tracking=True,
    )
    template_id = fields.Many2one("psa.ticket.template", required=True, ondelete="restrict", tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Client or contact",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        help="The contact of the tickets.",
    )
    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id", string="Client", store=True)
    asset_ids = fields.Many2many(
        "psa.asset",
        string="Assets",
        domain="[('partner_id', '=', commercial_partner_id), ('state', '!=', 'decommissioned')]",
    )
    asset_mode = fields.Selection(
        [("each", "One ticket for each asset"), ("one", "One ticket, with the assets on its checklist")],
        string="Tickets",
        required=True,
        default="each",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        ondelete="restrict",
        help="Is told when a ticket cannot be opened.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    error = fields.Char(string="Why it is paused", readonly=True, copy=False)
    run_ids = fields.One2many("psa.ticket.recurrence.run", "recurrence_id", string="Occurrences", readonly=True)
    ticket_ids = fields.One2many("helpdesk.ticket", "recurrence_id", string="Tickets made")
    ticket_count = fields.Integer(string="Number of tickets", compute="_compute_ticket_count")

    @api.constrains("partner_id", "asset_ids")
    def _check_assets_belong_to_client(self):
        for recurrence in self:
            if others := recurrence.asset_ids.filtered(lambda a, r=recurrence: a.partner_id != r.commercial_partner_id):
                raise ValidationError(
                    self.env._(
                        "%(assets)s: not of %(client)s. Choose assets of the client.",
                        assets=", ".join(others.mapped("name")),
                        client=recurrence.commercial_partner_id.name,
                    )
                )

    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group([("recurrence_id", "in", self.ids)], ["recurrence_id"], ["__count"])
        )
        for recurrence in self:
            recurrence.ticket_count = counts.get(recurrence, 0)

    def action_pause(self):
        self._update_state({"running"}, "paused")

    def action_resume(self):
        """Go on from now: the dates that fell into the pause are left out."""
        self._update_state({"paused", "done"}, "running", error=False, last_at=fields.Datetime.now())

    def action_run_now(self):
        """Open the tickets of one occurrence now, beside the schedule."""
        self.check_access("write")
        tickets = self.env["helpdesk.ticket"]
        for recurrence in self:
            tickets |= recurrence._open_tickets(fields.Datetime.now())
        if not tickets:
            raise UserError(self.env._("Nothing was opened: this was done a moment ago."))
        return self._get_tickets_action(tickets)

    def action_view_tickets(self):
        return self._get_tickets_action(self.ticket_ids)

    def _get_tickets_action(self, tickets):
        return open_records(self.env, "psa_base.helpdesk_ticket_action", tickets)

    @api.model
    def _cron_generate(self):
        """Open what is due: each recurring ticket in a transaction of its own, by one worker at a time."""
        due = self.search([("state", "=", "running"), ("next_at", "<=", fields.Datetime.now())], order="next_at, id")
        for rank, recurrence in enumerate(due, start=1):
            if recurrence._lock_due():
                recurrence._open_due_tickets()
            cron_progress(self.env, 1, len(due) - rank)

    def _lock_due(self):
        """Lock the recurrence, unless another worker has locked it or has just opened its tickets."""
        lock = SQL(
            """
            SELECT 1 FROM psa_ticket_recurrence WHERE id = %s AND state = 'running' AND next_at <= %s
            FOR UPDATE SKIP LOCKED
            """,
            self.id,
            fields.Datetime.now(),
        )
        return bool(self.env.execute_query(lock))

    def _open_due_tickets(self):
        """Open the tickets of the occurrences since the last, as configured; what fails pauses it."""
        now = fields.Datetime.now()
        missed = self._get_planned(self.last_at, until=now)
        try:
            with self.env.cr.savepoint():
                for occurrence in missed if self.missed == "all" else missed[-1:]:
                    self._open_tickets(occurrence)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            _logger.warning("Recurring ticket %s is paused", self.id, exc_info=True)
            self._pause_for(str(error))
            return
        self.last_at = missed[-1] if missed else now
        if not self.next_at:
            self._update_state({"running"}, "done")

    def _open_tickets(self, occurrence):
        """Open the tickets of one occurrence that were not opened before."""
        # Assets that are no longer in use need no tickets.
        assets = self.asset_ids.filtered(lambda asset: asset.active and asset.state != "decommissioned")
        if self.asset_ids and not assets:
            raise UserError(self.env._("None of its assets is in use any more. Choose others, or archive it."))
        wanted = assets.ids if self.asset_mode == "each" and assets else [False]
        # sudo: nobody may write occurrences by hand.
        runs = self.env["psa.ticket.recurrence.run"].sudo()._claim(self, wanted, occurrence)
        tickets = self.env["helpdesk.ticket"].with_company(self.company_id)
        tickets = tickets.create([self._prepare_ticket(run.asset_id or assets) for run in runs])
        for run, ticket in zip(runs, tickets, strict=True):
            run.ticket_id = ticket
        return tickets

    def _prepare_ticket(self, assets):
        values = {
            **self.template_id.with_context(lang=self.partner_id.lang)._prepare_ticket(),
            "partner_id": self.partner_id.id,
            "partner_name": self.partner_id.name,
            "partner_email": self.partner_id.email,
            "company_id": self.company_id.id,
            "recurrence_id": self.id,
        }
        if len(assets) == 1:
            values["asset_id"] = assets.id
        elif assets:
            values["checklist_item_ids"] = [
                *values.get("checklist_item_ids", []),
                *((0, 0, {"name": asset.name, "sequence": 100}) for asset in assets),
            ]
        return values

    def _pause_for(self, reason):
        self._update_state({"running"}, "paused", error=reason)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Recurring ticket paused: %s", self.name),
            note=self.env._("%s Mend it, then resume: the dates that fell into the pause are left out.", reason),
            user_id=self.user_id.id,
        )
