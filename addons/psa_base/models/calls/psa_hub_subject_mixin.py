from odoo import models


class PsaHubSubjectMixin(models.AbstractModel):
    """A record that messages of the outbox are about (their subject). It is told what became of them.

    The methods are called as the integration user, in the transaction that records the result of a try.
    """

    _name = "psa.hub.subject.mixin"
    _description = "Subject of sent messages"

    def _on_hub_sent(self, outbox):
        """`outbox` (psa.hub.outbox) was sent: its `external_id` and `detail` hold the answer."""

    def _on_hub_dead(self, outbox):
        """`outbox` became a dead letter: its `reason` says why."""

    def _on_hub_retry(self, outbox):
        """A try to send `outbox` failed, and it will be tried again."""
