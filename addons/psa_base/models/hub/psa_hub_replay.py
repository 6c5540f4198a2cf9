from collections import Counter
from datetime import timedelta

from odoo import api, fields, models

from ...tools.windows import open_form, open_list


class PsaHubReplay(models.Model):
    """One replay of many dead letters: who asked for it, how far it is, and what came of it.

    It works batch by batch, and each batch is a job and a transaction: after a crash it goes on where it was. Letters
    that somebody else has settled or is working on are skipped.
    """

    _name = "psa.hub.replay"
    _description = "Replay of dead letters"
    _inherit = ["psa.state.mixin"]
    _order = "id desc"
    _rec_name = "started_at"

    BATCH_SIZE = 50
    KEEP_DAYS = 30

    user_id = fields.Many2one("res.users", string="Asked for by", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Finished")], required=True, readonly=True, default="running", index=True
    )
    started_at = fields.Datetime(string="Started", required=True, readonly=True, default=fields.Datetime.now)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    # [[model, id], …] of the messages, in the order in which they are worked
    message_keys = fields.Json(string="Messages", required=True, readonly=True)
    total_count = fields.Integer(string="Dead letters", readonly=True)
    tried_count = fields.Integer(string="Tried", readonly=True)
    worked_count = fields.Integer(string="Worked", readonly=True)
    dead_count = fields.Integer(string="Still dead", readonly=True)
    skipped_count = fields.Integer(string="Settled by others", readonly=True)
    # {reason: how many}
    reasons = fields.Json(readonly=True)
    reasons_text = fields.Text(string="Why they are still dead", compute="_compute_reasons_text")
    progress = fields.Float(compute="_compute_progress")

    @api.depends("reasons")
    def _compute_reasons_text(self):
        for replay in self:
            counted = Counter(replay.reasons or {}).most_common()
            replay.reasons_text = "\n".join(f"{count} × {reason}" for reason, count in counted)

    @api.depends("tried_count", "total_count")
    def _compute_progress(self):
        for replay in self:
            replay.progress = 100 * replay.tried_count / (replay.total_count or 1)

    def action_refresh(self):
        """Do nothing: the form is read again after any button."""

    def action_open_still_dead(self):
        self.ensure_one()
        letters = self._get_messages(self.message_keys)
        ids = [letter_id for messages in letters for letter_id in self.env["psa.hub.dead.letter"]._get_ids(messages)]
        return open_list(self.env, "psa_base.psa_hub_dead_letter_action", [("id", "in", ids)])

    @api.model
    def _start(self, *recordsets):
        """Replay all these messages in the background; returns the action that opens the replay's form."""
        keys = [[messages._name, message_id] for messages in recordsets for message_id in sorted(messages.ids)]
        # sudo: nobody may create replays by hand; the callers have checked that the user may settle dead letters.
        replay = self.sudo().create(
            {
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "message_keys": keys,
                "total_count": len(keys),
            }
        )
        replay.sudo(False)._enqueue()
        return open_form(replay, name=self.env._("Replay"))

    def _enqueue(self):
        description = self.env._("Replay dead letters")
        self.with_delay(description=description)._work_batch(self.tried_count)

    def _work_batch(self, tried_count):
        """Work the batch that begins after `tried_count` messages, then enqueue the next one.

        A job that runs twice finds its batch done, and does nothing.
        """
        if self.state != "running" or self.tried_count != tried_count:
            return
        keys = self.message_keys[tried_count : tried_count + self.BATCH_SIZE]
        tried, worked, reasons = 0, 0, Counter(self.reasons or {})
        for messages in self._get_messages(keys):
            messages = messages._lock("dead")
            messages._replay_messages(self.env.user)
            dead = messages.filtered(lambda message: message.state == "dead")
            reasons.update(dead.mapped("reason"))
            tried += len(messages)
            worked += len(messages) - len(dead)
        # sudo: nobody may write replays by hand; these are the replay's own counts.
        self.sudo().write(
            {
                "tried_count": tried_count + len(keys),
                "worked_count": self.worked_count + worked,
                "dead_count": self.dead_count + tried - worked,
                "skipped_count": self.skipped_count + len(keys) - tried,
                "reasons": dict(reasons),
            }
        )
        if self.tried_count < self.total_count:
            self._enqueue()
        else:
            self._take_state(("running",), "done", ended_at=fields.Datetime.now())

    def _write_state(self, values):
        # sudo: the row is open to nobody.
        self.sudo().write(values)

    def _get_messages(self, keys):
        """The messages of `keys`, a recordset for each model."""
        ids = {}
        for model, message_id in keys:
            ids.setdefault(model, []).append(message_id)
        return [self.env[model].browse(message_ids) for model, message_ids in ids.items()]

    @api.autovacuum
    def _gc_replays(self):
        """Remove finished replays after some time: the messages themselves say what became of them."""
        limit = fields.Datetime.now() - timedelta(days=self.KEEP_DAYS)
        self.search([("state", "=", "done"), ("ended_at", "<", limit)]).unlink()
