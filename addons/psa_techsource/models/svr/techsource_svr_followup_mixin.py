from odoo import models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html


class TechsourceSvrFollowupMixin(models.AbstractModel):
    """What a report sets in motion: who may decide it, who is told, where its ticket goes."""

    _name = "techsource.svr.followup.mixin"
    _description = "Consequences of a service report"

    def _is_user_decider(self):
        """Tell whether the current user is a person of the report's client."""
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

    def _after_sending(self):
        for svr in self:
            svr.message_subscribe((svr.contact_id | svr.user_id.partner_id).ids)
            lifecycle = svr.ticket_id.team_id.lifecycle_id
            svr._post_from_template(lifecycle.svr_sent_template_id, svr.contact_id)
        self.env["psa.api.event"]._announce("svr.sent", self)

    def _after_approval(self):
        # By the mail queue: the client's click does not wait for a mail server.
        self.with_context(mail_notify_force_send=False).message_post(
            body=self._describe_approval(),
            subtype_xmlid="mail.mt_comment",
        )
        # sudo: a client cannot write on tickets; the lifecycle still checks the move for this user.
        self.sudo()._move_ticket("svr_approved_stage_id")
        # sudo: the file is kept for everybody who may read the report.
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
        """Take back reports that nobody decided on, because work on their tickets goes on."""
        for svr in self:
            reason = self.env._("Withdrawn: the ticket went back to “%s”.", svr.ticket_id.stage_id.name)
            svr._update_state(("sent",), "rejected", **self._prepare_decision(), rejection_reason=reason)

    def _move_ticket(self, stage_field):
        """Move the ticket on, unless somebody moved it out of the client's hands meanwhile."""
        ticket = self.ticket_id
        lifecycle = ticket.team_id.lifecycle_id
        if lifecycle[stage_field] and ticket.stage_id == lifecycle.svr_send_stage_id:
            ticket.stage_id = lifecycle[stage_field]

    def _post_from_template(self, template, partners):
        """Post `template` and mail it to `partners`, by the mail queue as well."""
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
