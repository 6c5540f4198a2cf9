from odoo import api, fields, models

from ...tools.windows import CLOSE, show_notification


class PsaSlaTuning(models.TransientModel):
    """The page on which an administrator of the desk sets SLA alerts and escalations, without Odoo's own settings.

    The page keeps nothing itself: saving it writes to the thresholds and to the company.
    """

    _name = "psa.sla.tuning"
    _description = "SLA settings"

    sla_manager_id = fields.Many2one(
        "res.users",
        string="SLA manager",
        compute="_compute_sla_manager_id",
        inverse="_inverse_sla_manager_id",
        domain="[('share', '=', False)]",
    )
    threshold_ids = fields.Many2many(
        "psa.sla.threshold", string="Thresholds", default=lambda self: self._default_threshold_ids()
    )

    @api.model
    def _default_threshold_ids(self):
        return self.env["psa.sla.threshold"].search([("active", "=", True)])

    def _compute_display_name(self):
        self.display_name = self.env._("SLA settings")

    @api.depends_context("company")
    def _compute_sla_manager_id(self):
        self.sla_manager_id = self.env.company.sla_manager_id

    def _inverse_sla_manager_id(self):
        for page in self:
            # sudo: whoever may open this page may set this field, also without the right to change companies.
            self.env.company.sudo().sla_manager_id = page.sla_manager_id

    def action_save(self):
        """Say that it is saved: the button saves the page before it calls this."""
        return show_notification("success", self.env._("Saved. Open tickets follow at once."), next=CLOSE)
