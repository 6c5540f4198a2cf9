from odoo import models

from ...tools.origin import Origin, find_origin

_KEY = "psa.ticket.mail.queue"


class PsaTicketMailMixin(models.AbstractModel):
    """Keeps programs from waiting for a mail server, and a request that starts again from mailing twice.

    Odoo sends the mail of a stage while the ticket is written. Where a program writes it, the mail goes into the
    queue, and the queue is worked as soon as the transaction is committed.
    """

    _name = "psa.ticket.mail.mixin"
    _description = "Mail about tickets"

    def _track_template(self, tracking):
        found = super()._track_template(tracking)
        if found and find_origin(self.env) is Origin.API:
            for _template, values in found.values():
                values["force_send"] = False
            self._wake_mail_queue()
        return found

    def _wake_mail_queue(self):
        """Have the queue worked after the commit: once, however many mails go into it."""
        data = self.env.cr.precommit.data
        if not data.get(_KEY):
            data[_KEY] = True
            # sudo: whoever writes may have mail sent that waits for nothing.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
