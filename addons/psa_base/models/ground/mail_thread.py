from odoo import api, models

from ...tools.origin import Origin

# Headers of mails that no person wrote, besides the one of RFC 3834.
AUTO_REPLY_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Mail-Autoreply")

AUTO_REPLY_PRECEDENCES = {"auto_reply", "bulk", "junk"}


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Changes that a mail makes have the mail as their origin.

        Out-of-office replies are kept like any mail. The context says that no person wrote them.
        """
        told = self.with_context(**Origin.MAIL.context, psa_is_auto_reply=_is_auto_reply(message))
        return super(MailThread, told)._message_route_process(message, message_dict, routes)


def _is_auto_reply(message):
    submitted = (message.get("Auto-Submitted") or "no").partition(";")[0].strip().lower()
    precedence = (message.get("Precedence") or "").strip().lower()
    return (
        submitted != "no"
        or precedence in AUTO_REPLY_PRECEDENCES
        or (message.get("Return-Path") or "").strip() == "<>"
        or any(message.get(header) for header in AUTO_REPLY_HEADERS)
    )
