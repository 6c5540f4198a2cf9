from odoo import Command, api, fields, models

from ...tools.windows import open_dialog


class PsaHubDryRun(models.TransientModel):
    """The result of a dry run: what a replay of one message would do, as a summary and line by line."""

    _name = "psa.hub.dry.run"
    _description = "Dry run"

    message_model = fields.Char(string="Message's model", required=True, readonly=True)
    message_id = fields.Many2oneReference("Message number", model_field="message_model", required=True, readonly=True)
    outcome = fields.Selection(
        [("done", "Would be worked"), ("dead", "Would be a dead letter again"), ("error", "Would fail")],
        required=True,
        readonly=True,
    )
    summary = fields.Text(readonly=True)
    line_ids = fields.One2many("psa.hub.dry.run.line", "dry_run_id", string="Changes", readonly=True)

    @api.model
    def _show(self, message, outcome, words, changes):
        """Keep the result of a dry run; returns the action that shows it."""
        # sudo: nobody may create results by hand; this one was computed.
        dry_run = self.sudo().create(
            {
                "message_model": message._name,
                "message_id": message.id,
                "outcome": outcome,
                "summary": words or self._summarise(changes),
                "line_ids": [Command.create(values) for change in changes for values in self._prepare_lines(change)],
            }
        )
        return open_dialog(dry_run, self.env._("What a replay would do"))

    def action_replay(self):
        self.ensure_one()
        return self.env[self.message_model].browse(self.message_id).action_replay()

    def _summarise(self, changes):
        made = [change for change in changes if change["is_new"]]
        changed = [change for change in changes if not change["is_new"]]
        sentences = []
        if made:
            sentences.append(self.env._("Would be created: %s.", self._name_all(made)))
        if changed:
            sentences.append(self.env._("Would be changed: %s.", self._name_all(changed)))
        return " ".join(sentences) or self.env._("It would be worked, and nothing would change.")

    def _name_all(self, changes):
        return ", ".join(f"{change['model']} {change['name']}" for change in changes)

    def _prepare_lines(self, change):
        return [
            {
                "record": f"{change['model']}: {change['name']}",
                "is_new": change["is_new"],
                "field": label,
                "before": before,
                "after": after,
            }
            for label, before, after in change["values"]
        ]


class PsaHubDryRunLine(models.TransientModel):
    """One field of one record that a replay would fill in or change."""

    _name = "psa.hub.dry.run.line"
    _description = "Change that a replay would make"

    dry_run_id = fields.Many2one("psa.hub.dry.run", string="Dry run", required=True, readonly=True, ondelete="cascade")
    record = fields.Char(readonly=True)
    is_new = fields.Boolean(string="New", readonly=True)
    field = fields.Char(readonly=True)
    before = fields.Text(readonly=True)
    after = fields.Text(readonly=True)
