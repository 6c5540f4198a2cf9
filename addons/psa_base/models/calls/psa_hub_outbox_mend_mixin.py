from odoo import api, fields, models
from odoo.exceptions import UserError

from ...adapters import ADAPTERS


class PsaHubOutboxMendMixin(models.AbstractModel):
    """What helps when a message could not be sent, what a replay would send, and how it is sent again."""

    _name = "psa.hub.outbox.mend.mixin"
    _description = "Mends of messages to send"
    _inherit = ["psa.hub.dry.run.mixin", "psa.hub.mend.mixin", "psa.hub.replay.mixin"]

    can_repeat = fields.Boolean(
        string="Can be repeated",
        compute="_compute_can_repeat",
        help="It was taken, and may be sent once more: the receiver knows repeats.",
    )

    @api.depends("state", "emptied_at", "operation", "connection_id.adapter")
    def _compute_can_repeat(self):
        for message in self:
            adapter = ADAPTERS[message.connection_id.adapter]
            message.can_repeat = (
                message.state == self._done_state
                and not message.emptied_at
                and adapter.is_idempotent(message.operation)
            )

    def _mend_look_up(self):
        """The message itself, with what is known of its tries: a person looks at the other system."""
        return self._open_to_mend(self)

    @api.model
    def _get_mend_labels(self):
        return {**super()._get_mend_labels(), "look_up": self.env._("See what may have arrived")}

    def _dry_run(self):
        """Nothing can be taken back at another system, so nothing is sent: this tells what would be."""
        if not self._lock("dead"):
            raise UserError(self.env._("There is nothing to try: only dead letters that nobody works on can be."))
        names = {"operation": self.operation, "connection": self.connection_id.name}
        if self.is_unsure:
            words = self.env._(
                "%(connection)s would be asked first whether %(operation)s has arrived; it would be sent only if not.",
                **names,
            )
        else:
            words = self.env._("%(operation)s would be sent to %(connection)s with this payload.", **names)
        values = [(name, "", value if isinstance(value, str) else str(value)) for name, value in self.payload.items()]
        return "done", words, [{"model": names["connection"], "name": self.operation, "is_new": True, "values": values}]

    def _filter_replayable(self):
        """All but those that were taken and would be done twice."""
        return self.filtered(lambda message: message.can_repeat or message.state != self._done_state)

    def _replay(self, user):
        """Let them wait for the sender again; those that had been taken are sent once more."""
        values = {"tries": 0, "retry_at": False, "acted_by_id": user.id}
        repeated = self.filtered("can_repeat")
        repeated._update_state((self._done_state,), self._waiting_state, sent_at=False, **values)
        (self - repeated)._update_state(("dead", self._waiting_state), self._waiting_state, **values)
        for connection in self.connection_id:
            self._wake_after_commit(connection)

    def _get_replayed_words(self):
        return self.env._("On their way again: %s.", len(self))

    def _get_payload_text(self):
        return self.payload_text
