from odoo import models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ...tools.origin import Origin, find_origin


class PsaLifecycleReplyMixin(models.AbstractModel):
    """What a client's answer sets in motion: the ticket goes on, or somebody looks at a closed one."""

    _name = "psa.lifecycle.reply.mixin"
    _description = "Replies of the client"

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        lifecycle = self._get_lifecycle()
        if lifecycle and self._is_client_reply(message):
            self._follow_reply(lifecycle, message)
        return result

    def _is_client_reply(self, message):
        """Whether a person of the client wrote this for us to read."""
        # sudo: judged for the ticket, not for whoever posts.
        message, ticket = message.sudo(), self.sudo()
        if self.env.context.get("psa_is_auto_reply") or message.message_type not in ("comment", "email"):
            return False
        if message.is_internal or message.subtype_id.internal or not message.subtype_id:
            return False
        author, sender = self._get_reply_writer(message)
        if author.user_ids.filtered(lambda user: not user.share):
            return False
        is_colleague = author and author.commercial_partner_id == ticket.commercial_partner_id
        address = email_normalize(ticket.partner_email or "")
        return is_colleague or bool(address and email_normalize(sender or "") == address)

    def _get_reply_writer(self, message):
        """Who wrote it, and from which address. Whoever posts by RPC can name anybody as the author."""
        user = self.env.user
        if self.env.su or user._is_public() or find_origin(self.env) is Origin.MAIL:
            return message.author_id, message.email_from
        return user.partner_id, user.email

    def _follow_reply(self, lifecycle, message):
        # sudo: the client's answer counts, though clients cannot write on tickets.
        ticket = self.sudo()
        stage_id = self.env["psa.lifecycle.transition"]._get_reply_moves().get((lifecycle.id, ticket.stage_id.id))
        if stage_id:
            ticket._move_on_reply(ticket.stage_id.browse(stage_id), self._get_reply_origin(message))
        elif ticket.stage_id.closed:
            ticket._tell_of_late_reply()

    def _move_on_reply(self, stage, origin):
        """Move on; a gate that refuses must not cost the client the message."""
        try:
            with self.env.cr.savepoint():
                self._move_as_system(stage, origin)
        except UserError as refusal:
            summary = self.env._("The client replied, and the ticket could not move to %s", stage.name)
            self._plan_timer_activity("assignee", summary, refusal.args[0])

    def _get_reply_origin(self, message):
        # sudo: the kind of a message is no secret.
        return Origin.MAIL if message.sudo().message_type == "email" else find_origin(self.env)

    def _tell_of_late_reply(self):
        """Nothing leaves a closed stage by itself: Operations opens a new ticket or overrides, and is told once."""
        kind = self.env.ref("psa_base.mail_activity_type_late_reply")
        if kind not in self.activity_ids.activity_type_id:
            self.activity_schedule(
                "psa_base.mail_activity_type_late_reply", user_id=(self._get_operations_user() or self.env.user).id
            )
