from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.psa_base.series import Constraint
from odoo.addons.psa_base.tools.text import clean_line, clean_text, is_written


class TechsourceSvr(models.Model):
    """One version of the report on a ticket's work that the client approves or rejects.

    It is drafted when the ticket is resolved, frozen and hashed when it is sent, and decided once.
    A rejected report stays as it is; the next one is a new version.
    """

    _name = "techsource.svr"
    _description = "Service verification report"
    _inherit = [
        "techsource.svr.content.mixin",
        "techsource.svr.decision.mixin",
        "techsource.svr.document.mixin",
        "techsource.svr.followup.mixin",
        "techsource.svr.billing.mixin",
        "psa.state.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _mail_post_access = "read"
    _is_log_kept = True
    _evidence_exempt_fields = frozenset({"access_token", "activity_ids", "message_follower_ids"})

    name = fields.Char(string="Report", required=True, readonly=True, index="trigram")
    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, index=True, ondelete="restrict")
    team_id = fields.Many2one(related="ticket_id.team_id", store=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    version = fields.Integer(required=True, readonly=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "Waiting for the client"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
        ],
        required=True,
        readonly=True,
        index=True,
        default="draft",
        tracking=True,
    )
    sent_at = fields.Datetime(string="Sent", readonly=True)
    sent_by_id = fields.Many2one("res.users", string="Sent by", readonly=True)

    _ticket_version_uniq = Constraint(
        "unique(ticket_id, version)", "This ticket has a report with that version already."
    )
    _approval_complete = Constraint(
        "check(state != 'approved' or (content_hash is not null and decided_at is not null"
        " and decided_by_id is not null and decided_by_name is not null))",
        "An approved report needs who approved it, when, and what.",
    )
    _rejection_complete = Constraint(
        "check(state != 'rejected' or rejection_reason is not null)",
        "A rejected report needs the reason.",
    )

    def init(self):
        # One live report a ticket: the client never sees two questions about the same work.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS techsource_svr_live_uniq"
            " ON techsource_svr (ticket_id) WHERE state IN ('draft', 'sent')"
        )

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for svr in self:
            svr.access_url = f"/my/svrs/{svr.id}"
        return result

    def action_approve(self, name):
        """The client's yes, made with the client's own rights; `name` is what the person typed."""
        self.ensure_one()
        name = clean_line(name or "")
        if not is_written(name):
            raise UserError(self.env._("Type your full name to approve the report."))
        self._check_user_may_decide()
        self._check_content()
        self._update_state(("sent",), "approved", **self._prepare_decision(), decided_by_name=name)
        self._after_approval()

    def action_reject(self, reason):
        """The client's no, made with the client's own rights; work on the ticket goes on."""
        self.ensure_one()
        reason = clean_text(reason or "")
        if not is_written(reason):
            raise UserError(self.env._("Say what is missing or wrong, so that the engineer can put it right."))
        self._check_user_may_decide()
        self._update_state(("sent",), "rejected", **self._prepare_decision(), rejection_reason=reason)
        self._after_rejection()

    def _write_state(self, values):
        self._through_door().write(values)
        # In the database at once: its constraints speak before anybody acts on the new state.
        self.flush_recordset()

    def _get_state_refusal(self, target):
        return self.env._(
            "%(report)s is “%(state)s” by now, so this is no longer possible. Reload the page to see what happened.",
            report=self.name,
            state=self._get_state_label(self.state),
        )

    def _draft(self, tickets):
        """Make sure that each ticket has a draft that says what was done so far."""
        drafts = tickets.svr_ids.filtered(lambda svr: svr.state == "draft")
        values = [self._prepare_draft(ticket) for ticket in tickets - drafts.ticket_id]
        drafts |= self._through_door().create(values)
        drafts._take_snapshot()
        return drafts

    def _send(self):
        """Freeze the drafts as they are now and put them before the clients."""
        self._take_snapshot()
        for svr in self:
            if not svr.partner_id:
                raise UserError(
                    self.env._(
                        "Ticket %(ticket)s has no client who could approve the report: choose a contact first.",
                        ticket=svr.ticket_id.number,
                    )
                )
            svr._update_state(("draft",), "sent", **svr._prepare_sending())
        self._after_sending()

    def _prepare_draft(self, ticket):
        return {
            "name": self.env["ir.sequence"].next_by_code("techsource.svr"),
            "ticket_id": ticket.id,
            "company_id": ticket.company_id.id,
            "version": max(ticket.svr_ids.mapped("version"), default=0) + 1,
        }

    def _prepare_sending(self):
        return {
            "sent_at": fields.Datetime.now(),
            "sent_by_id": self.env.uid,
            "content_hash": self._hash_content(),
        }
