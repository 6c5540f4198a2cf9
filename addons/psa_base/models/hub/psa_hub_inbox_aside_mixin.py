from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# what a message holds that nobody has set aside
_NOT_ASIDE = {"aside_reason": False, "aside_by_id": False, "aside_at": False}


class PsaHubInboxAsideMixin(models.AbstractModel):
    """Dead letters that nobody can mend, or need: people set them aside with a reason, and may think better of it."""

    _name = "psa.hub.inbox.aside.mixin"
    _description = "Received messages that were set aside"
    _inherit = ["psa.hub.keeping.mixin", "psa.hub.replay.mixin"]

    aside_reason = fields.Text(string="Why it was set aside", readonly=True)
    aside_by_id = fields.Many2one("res.users", string="Set aside by", readonly=True, ondelete="set null")
    aside_at = fields.Datetime(string="Set aside on", readonly=True)

    def action_set_aside(self):
        """Ask why nobody needs these dead letters."""
        self._check_may_settle()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set aside"),
            "res_model": "psa.hub.set.aside",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_message_ids": self.ids},
        }

    def action_replay(self):
        """Work them once more, what was set aside among them as long as its payload is kept."""
        self._check_may_settle()
        taken_up = self._lock("cancelled").filtered(lambda message: not message.emptied_at)
        taken_up._update_state(("cancelled",), "dead", **_NOT_ASIDE)
        return super().action_replay()

    def _set_aside(self, reason):
        """Settle dead letters as what nobody needs, with an entry in the audit for each; those that it was done to."""
        self._check_may_settle()
        messages = self._lock("dead")
        if not messages:
            raise UserError(self.env._("There is nothing to set aside: only dead letters that nobody works on can be."))
        self.env["psa.audit.entry"]._log(messages, "set_aside", reason, lambda message: message.reason or None)
        messages._update_state(
            ("dead",), "cancelled", aside_reason=reason, aside_by_id=self.env.uid, aside_at=fields.Datetime.now()
        )
        return messages

    def _select_old(self, days, now, condition):
        """What was set aside is kept for as long as if it had come on that day: there is time to think better of it."""
        kept = SQL("message.aside_at >= %s - connection.%s * interval '1 day'", now, SQL.identifier(days))
        return super()._select_old(days, now, SQL("%s AND (%s) IS NOT TRUE", condition, kept))
