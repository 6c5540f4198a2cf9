from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from odoo.addons.psa_base.series import Constraint
from odoo.addons.psa_base.tools import origin
from odoo.addons.psa_base.tools.text import clean_line, clean_text, is_written


class TechsourceSvr(models.Model):
    """One version of the report on a ticket's work that the client approves or rejects.

    It is drafted when the ticket is resolved, frozen and hashed when it is sent, and decided once.
    A rejected report stays as it is; the next one is a new version.
    """

    _name = "techsource.svr"
    _description = "Service verification report"
    _inherit = [
        "techsource.svr.evidence.mixin",
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

    decided_at = fields.Datetime(string="Decided", readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True, help="The login that decided.")
    decided_by_name = fields.Char(
        string="Name as typed", readonly=True, help="The name that the person typed to approve."
    )
    rejection_reason = fields.Text(string="What is missing", readonly=True)
    decided_via = fields.Selection(origin.SELECTION, string="Decided through", readonly=True)
    decided_api_key = fields.Char(
        string="API key", readonly=True, help="Name and beginning of the key of the client's program that decided."
    )
    decided_request_id = fields.Char(
        string="API request", readonly=True, help="The X-Request-Id of that decision, as in the answer and the log."
    )

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
        # A ticket has at most one report in draft or sent, so that no client is asked twice about the same work.
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
        """Approve the report with the client's own rights; `name` is what the person typed."""
        self.ensure_one()
        name = clean_line(name or "")
        if not is_written(name):
            raise UserError(self.env._("Type your full name to approve the report."))
        self._check_user_may_decide()
        self._check_content()
        self._update_state(("sent",), "approved", **self._prepare_decision(), decided_by_name=name)
        self._after_approval()

    def action_reject(self, reason):
        """Reject the report with the client's own rights; work on the ticket goes on."""
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
        """Give each ticket a draft if it has none, and let the drafts say what was done so far."""
        drafts = tickets.svr_ids.filtered(lambda svr: svr.state == "draft")
        values = [self._prepare_draft(ticket) for ticket in tickets - drafts.ticket_id]
        drafts |= self._through_door().create(values)
        drafts._take_snapshot()
        return drafts

    def _send(self):
        """Freeze the drafts with what was done up to now, and send them to the clients."""
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

    # --- The decision ---

    def _is_user_decider(self):
        """Whether the current user is a person of the report's client."""
        user = self.env.user
        return user.has_group("psa_base.group_client") and user.commercial_partner_id == self.partner_id

    def _check_user_may_decide(self):
        if not self._is_user_decider():
            raise UserError(
                self.env._(
                    "Only a person of %(client)s can decide on %(report)s. Send them the link to the report.",
                    client=self.client_name or self.env._("the client"),
                    report=self.name,
                )
            )

    def _prepare_decision(self):
        """Return the evidence of either decision: who decides, when, and which way the decision came."""
        way = origin.find_origin(self.env)
        return {
            "decided_at": fields.Datetime.now(),
            "decided_by_id": self.env.uid,
            "decided_via": way.value,
            **(self._prepare_program_evidence() if way == origin.Origin.API else {}),
        }

    def _prepare_program_evidence(self):
        """Return the key and the request of the client's program that decides."""
        # Each key has a user of its own, so the user tells the key.
        key = self.env["psa.api.key"].search([("user_id", "=", self.env.uid)])
        return {
            "decided_api_key": f"{key.name} ({key.key_prefix}…)" if key else False,
            "decided_request_id": origin.find_request_id(),
        }

    def _describe_approval(self):
        """Return what the thread of the report says about the approval."""
        if not self.decided_api_key:
            return self.env._("%(person)s approved this report.", person=self.decided_by_name)
        return self.env._(
            "%(person)s approved this report through the REST API: key %(key)s, request %(request)s.",
            person=self.decided_by_name,
            key=self.decided_api_key,
            request=self.decided_request_id,
        )

    # --- What a report sets in motion ---

    def _after_sending(self):
        for svr in self:
            svr.message_subscribe((svr.contact_id | svr.user_id.partner_id).ids)
            lifecycle = svr.ticket_id.team_id.lifecycle_id
            svr._post_from_template(lifecycle.svr_sent_template_id, svr.contact_id)
        self.env["psa.api.event"]._announce("svr.sent", self)

    def _after_approval(self):
        # Mail goes by the queue, so that the client does not wait for a mail server.
        self.with_context(mail_notify_force_send=False).message_post(
            body=self._describe_approval(),
            subtype_xmlid="mail.mt_comment",
        )
        # sudo: clients may not write tickets; the lifecycle still checks the move for this user.
        self.sudo()._move_ticket("svr_approved_stage_id")
        # sudo: the file is for everybody, so it must not depend on what this client may read.
        self.sudo().with_delay(description=self.env._("Keep the PDF of %s", self.name))._keep_pdf()

    def _after_rejection(self):
        # sudo: a client may neither write on tickets, nor plan activities, nor read mail templates.
        svr = self.sudo()
        engineer = svr.user_id or svr.sent_by_id
        svr._post_from_template(svr.ticket_id.team_id.lifecycle_id.svr_rejected_template_id, engineer.partner_id)
        svr.ticket_id.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("The client rejected %s", svr.name),
            note=plaintext2html(svr.rejection_reason),
            user_id=engineer.id,
        )
        svr._move_ticket("svr_rejected_stage_id")

    def _withdraw(self):
        """Take back sent reports before the client decides, because work on their tickets goes on."""
        for svr in self:
            reason = self.env._("Withdrawn: the ticket went back to “%s”.", svr.ticket_id.stage_id.name)
            svr._update_state(("sent",), "rejected", **self._prepare_decision(), rejection_reason=reason)

    def _move_ticket(self, stage_field):
        """Move the ticket on, if it still waits for the client's decision."""
        ticket = self.ticket_id
        lifecycle = ticket.team_id.lifecycle_id
        if lifecycle[stage_field] and ticket.stage_id == lifecycle.svr_send_stage_id:
            ticket.stage_id = lifecycle[stage_field]

    def _post_from_template(self, template, partners):
        """Post `template` on the report and mail it to `partners`, by the mail queue."""
        if template:
            self.with_context(mail_notify_force_send=False).message_post_with_source(
                template,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=partners.ids,
                email_layout_xmlid="mail.mail_notification_layout",
            )

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["contact_id"]
