from odoo import models


class PsaHubSubjectMixin(models.AbstractModel):
    """A record that another system is told of. It hears what became of that.

    These are called in the transaction that keeps the result, as the integration user.
    """

    _name = "psa.hub.subject.mixin"
    _description = "Subject of sent messages"

    def _on_hub_sent(self, outbox):
        """`outbox` (psa.hub.outbox) is done: `external_id` and `detail` say what came of it."""

    def _on_hub_dead(self, outbox):
        """`outbox` cannot be done until somebody mends it: `reason` says why."""

    def _on_hub_retry(self, outbox):
        """A try at `outbox` failed, and there will be another one by itself."""
