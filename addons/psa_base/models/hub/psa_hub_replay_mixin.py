from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class PsaHubReplayMixin(models.AbstractModel):
    """Working dead letters once more: a few at once, many by a job that says how far it is."""

    _name = "psa.hub.replay.mixin"
    _description = "Replay of messages"

    # More than so many would keep the person waiting.
    REPLAY_AT_ONCE = 20

    def action_replay(self):
        """Work dead letters once more, after whatever was wrong has been mended."""
        self._check_may_settle()
        if len(self) > self.REPLAY_AT_ONCE:
            return self.env["psa.hub.replay"]._start(self)
        messages = self._lock("dead")
        if not messages:
            raise UserError(
                self.env._("There is nothing to replay: only dead letters can be, by one person at a time.")
            )
        messages._replay(self.env.user)
        return messages._get_replay_notification()

    def _replay(self, user):
        """One more try at each, in the order in which they came."""
        for message in self:
            message._work(replayed_by=user)

    def _lock(self, *states):
        """Those in one of `states` that nobody else works on, held by this transaction, in order of arrival."""
        self.flush_model(["state"])
        lock = SQL(
            "SELECT id FROM %s WHERE id = ANY(%s) AND state = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED",
            SQL.identifier(self._table),
            list(self.ids),
            list(states),
        )
        return self.browse(message_id for (message_id,) in self.env.execute_query(lock))

    def _get_replay_notification(self):
        dead = len(self.filtered(lambda message: message.state == "dead"))
        if dead:
            text = self.env._(
                "%(dead)s of %(all)s are dead letters again: the reason is on each.", dead=dead, all=len(self)
            )
        else:
            text = self._get_replayed_words()
        return self._get_notification(text, "warning" if dead else "success")

    def _get_replayed_words(self):
        return self.env._("Worked: %s.", len(self))

    @api.model
    def _get_notification(self, text, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "psa_hub_settled"},
            },
        }
