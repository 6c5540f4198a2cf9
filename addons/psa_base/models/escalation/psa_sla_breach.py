from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...const import LAYERS, PRIORITIES, TARGETS
from ...fields import LooseMany2one
from ...series import Constraint
from ...tools.windows import open_dialog


class PsaSlaBreach(models.Model):
    """A target of a ticket that was missed, and the reason that people give for it.

    The sweep adds the row, with the moment of the breach. Each reason given is an entry
    (`psa.sla.breach.entry`) that nobody changes; the latest one counts and is repeated here.
    """

    _name = "psa.sla.breach"
    _description = "SLA breach"
    _inherit = ["psa.ledger.mixin"]
    _order = "breached_at desc, id desc"
    _log_access = False

    # The sweep writes thousands of rows at once, so they have no foreign key to check: tickets delete their breaches.
    ticket_id = LooseMany2one("helpdesk.ticket", required=True, readonly=True, ondelete="cascade")
    layer = fields.Selection(LAYERS, required=True, readonly=True)
    target = fields.Selection(TARGETS, required=True, readonly=True)
    breached_at = fields.Datetime(string="Breached", required=True, readonly=True)
    noticed_at = fields.Datetime(string="Noticed", required=True, readonly=True)
    withdrawn_at = fields.Datetime(
        string="Withdrawn", readonly=True, help="When a recalculation found that the target was kept after all."
    )

    # The ticket as it was when its people were asked. The job that asks fills this in, so that the sweep has less
    # to do. The links have no foreign keys.
    asked_at = fields.Datetime(string="Asked", readonly=True, help="When somebody was asked for the reason.")
    sla_id = LooseMany2one("helpdesk.sla", string="SLA rule", readonly=True, ondelete="restrict")
    company_id = LooseMany2one("res.company", readonly=True, ondelete="restrict")
    team_id = LooseMany2one("helpdesk.ticket.team", readonly=True, ondelete="set null")
    user_id = LooseMany2one("res.users", string="Assignee then", readonly=True, ondelete="set null")
    partner_id = LooseMany2one("res.partner", string="Client", readonly=True, ondelete="set null")
    priority = fields.Selection(PRIORITIES, readonly=True)

    entry_ids = fields.One2many("psa.sla.breach.entry", "breach_id", string="Explanations", readonly=True)
    reason_id = LooseMany2one("psa.sla.breach.reason", readonly=True, ondelete="restrict")
    note = fields.Text(readonly=True)
    explained_by_id = LooseMany2one("res.users", string="Explained by", readonly=True, ondelete="restrict")
    explained_at = fields.Datetime(string="Explained on", readonly=True)
    is_open = fields.Boolean(string="To explain", compute="_compute_is_open", search="_search_is_open")

    _target_uniq = Constraint("unique(ticket_id, layer, target)", "This breach is known already.")

    def init(self):
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS psa_sla_breach_to_ask_idx
                ON psa_sla_breach (id) WHERE asked_at IS NULL
            """
        )

    @api.depends("layer", "target", "ticket_id.number")
    def _compute_display_name(self):
        labels = {name: dict(self._fields[name]._description_selection(self.env)) for name in ("layer", "target")}
        for breach in self:
            what = f"{labels['layer'].get(breach.layer)}, {labels['target'].get(breach.target, '').lower()}"
            breach.display_name = f"{breach.ticket_id.number}: {what}"

    @api.depends("reason_id", "withdrawn_at")
    def _compute_is_open(self):
        for breach in self:
            breach.is_open = not breach.reason_id and not breach.withdrawn_at

    def _search_is_open(self, operator, value):
        if operator not in ("=", "!=", "in"):
            raise UserError(self.env._("Breaches are either to explain or not: search with “is”."))
        wanted = any(value) if operator == "in" else bool(value) == (operator == "=")
        if wanted:
            return [("reason_id", "=", False), ("withdrawn_at", "=", False)]
        return ["|", ("reason_id", "!=", False), ("withdrawn_at", "!=", False)]

    def action_explain(self):
        context = {"default_breach_ids": self.ids}
        return open_dialog(self.env["psa.sla.breach.explain"], self.env._("Explain the breach"), context=context)

    def _explain(self, reason, note=None):
        """Add an entry with the reason, and close the activity of tickets that have no breach left to explain."""
        self.check_access("read")
        # Whoever may work on the ticket may say why it was late.
        tickets = self.ticket_id
        tickets.check_access("write")
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only people of the desk explain breaches."))
        note = (note or "").strip()
        if reason.note_required and not note:
            raise UserError(self.env._("Say in words what happened: the reason %s asks for a note.", reason.name))
        now = fields.Datetime.now()
        values = {"reason_id": reason.id, "note": note or False, "user_id": self.env.uid, "given_at": now}
        self.env["psa.sla.breach.entry"]._insert([{"breach_id": breach.id, **values} for breach in self])
        self._set_values(reason_id=reason.id, note=note or None, explained_by_id=self.env.uid, explained_at=now)
        settled = tickets.filtered(lambda ticket: not ticket.unexplained_breach_count)
        settled.activity_feedback(["psa_base.mail_activity_type_breach"], feedback=reason.name)

    @api.model
    def _get_to_ask_domain(self):
        return [("asked_at", "=", False)]

    @api.model
    def _ask_pending(self, limit):
        """Ask, once for each ticket, why it was late. Returns the breaches that were taken up."""
        breaches = self._lock_new(limit)
        for ticket, own in breaches.filtered("is_open").grouped("ticket_id").items():
            user = ticket.user_id.filtered("active") or ticket.team_id.user_id
            if user and ticket.with_user(user).has_access("read"):
                own._ask_user(ticket, user)
        return breaches

    @api.model
    def _lock_new(self, limit):
        """New breaches, locked by this transaction, with the facts of their tickets filled in."""
        self.env.flush_all()
        # MATERIALIZED, because PostgreSQL may run a plain subquery with SKIP LOCKED again and lock more rows each time.
        rows = self.env.execute_query(
            SQL(
                """
                WITH new AS MATERIALIZED (
                    SELECT id FROM psa_sla_breach WHERE asked_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
                )
                UPDATE psa_sla_breach AS breach
                SET asked_at = %s, sla_id = row.sla_id, company_id = ticket.company_id, team_id = ticket.team_id,
                    user_id = ticket.user_id, partner_id = ticket.commercial_partner_id, priority = ticket.priority
                FROM new
                JOIN psa_sla_breach AS known ON known.id = new.id
                JOIN helpdesk_ticket AS ticket ON ticket.id = known.ticket_id
                LEFT JOIN helpdesk_ticket_sla AS row ON row.ticket_id = known.ticket_id
                    AND row.layer = known.layer AND row.target = known.target
                WHERE breach.id = new.id
                RETURNING breach.id
                """,
                limit,
                fields.Datetime.now(),
            )
        )
        self.invalidate_model()
        return self.browse(sorted({breach_id for (breach_id,) in rows}))

    def _ask_user(self, ticket, user):
        ticket.activity_schedule(
            "psa_base.mail_activity_type_breach",
            user_id=user.id,
            summary=self.env._("Explain the breach"),
            note=", ".join(self.mapped("display_name")),
        )

    @api.model
    def _withdraw_for(self, tickets, by_any_rule=False):
        """Withdraw, after a replay, the breaches of the tickets whose clocks show none.

        A clock by another rule says nothing about the promise that was missed. With `by_any_rule` it counts
        all the same: somebody has recalculated the ticket with a reason.
        """
        self.env["helpdesk.ticket.sla"].flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE psa_sla_breach AS breach SET withdrawn_at = %s
                WHERE ticket_id IN %s AND withdrawn_at IS NULL AND EXISTS (
                    SELECT 1 FROM helpdesk_ticket_sla AS row
                    WHERE row.ticket_id = breach.ticket_id AND row.layer = breach.layer
                    AND row.target = breach.target AND row.breached_at IS NULL
                    AND (%s OR row.sla_id = breach.sla_id)
                ) RETURNING id
                """,
                fields.Datetime.now(),
                tuple(tickets.ids) or (0,),
                by_any_rule,
            )
        )
        self.invalidate_model()

    def _set_values(self, **values):
        result = super()._set_values(**values)
        self.ticket_id.invalidate_recordset(["unexplained_breach_count"])
        return result


class PsaSlaBreachEntry(models.Model):
    """One explanation of a breach: the reason, who gave it and when. A correction is another entry."""

    _name = "psa.sla.breach.entry"
    _description = "Explanation of an SLA breach"
    _inherit = ["psa.ledger.mixin"]
    _order = "id desc"
    _rec_name = "reason_id"
    _log_access = False

    breach_id = fields.Many2one("psa.sla.breach", required=True, readonly=True, index=True, ondelete="cascade")
    reason_id = fields.Many2one("psa.sla.breach.reason", required=True, readonly=True, ondelete="restrict")
    note = fields.Text(readonly=True)
    user_id = fields.Many2one("res.users", string="Given by", required=True, readonly=True, ondelete="restrict")
    given_at = fields.Datetime(string="Given on", required=True, readonly=True)
