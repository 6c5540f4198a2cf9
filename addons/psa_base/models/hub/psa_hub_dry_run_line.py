from odoo import fields, models


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
