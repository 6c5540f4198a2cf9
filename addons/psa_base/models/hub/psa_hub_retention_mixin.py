import logging

from odoo import api, fields, models

from ...series import Constraint, cron_progress

_logger = logging.getLogger(__name__)


class PsaHubRetentionMixin(models.AbstractModel):
    """How long a connection's messages are kept, and their payloads. Dead letters wait for a person, however old."""

    _name = "psa.hub.retention.mixin"
    _description = "Retention of messages"

    # Senders try again for days with the same ID: it has to be known for as long.
    MIN_MESSAGE_DAYS = 7

    payload_days = fields.Integer(
        string="Keep payloads for (days)",
        required=True,
        default=30,
        help="Payload and headers of messages that are done or set aside are emptied after so many days. Their IDs, "
        "states and attempts stay.",
    )
    message_days = fields.Integer(
        string="Keep messages for (days)",
        required=True,
        default=90,
        help="Messages that are done or set aside are removed after so many days, at least 7: a sender may repeat one "
        "until then. Dead letters stay.",
    )

    _retention_sane = Constraint(
        f"check(payload_days >= 1 and message_days >= {MIN_MESSAGE_DAYS})",
        "Payloads are kept for a day at least and messages for 7 days: senders repeat them for so long.",
    )

    @api.model
    def _cron_retain(self):
        """Empty and remove what has been kept for long enough, in small steps."""
        now = fields.Datetime.now()
        for model in ("psa.hub.inbox", "psa.hub.outbox"):
            messages = self.env[model]
            emptied = self._repeat(lambda messages=messages: messages._empty_payloads(now))
            removed = self._repeat(lambda messages=messages: messages._remove_old(now))
            counts = sum(emptied.values()), sum(removed.values())
            _logger.info("%s: %s payloads emptied, %s messages removed", model, *counts)
            for connection_id, count in removed.items():
                self.env["psa.audit.entry"]._log(
                    self.browse(connection_id),
                    "deletion",
                    self.env._("Messages were removed that had been kept for long enough: %s.", count),
                )

    def _repeat(self, step):
        """{connection id: how many}, summed over steps that are committed one by one, until nothing is left."""
        counts = {}
        while done := step():
            for connection_id, count in done.items():
                counts[connection_id] = counts.get(connection_id, 0) + count
            cron_progress(self.env, sum(done.values()), 1)
        return counts
