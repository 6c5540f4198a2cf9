from odoo import api, fields, models

from ...tools.windows import CLOSE, show_notification


class PsaSlaTuning(models.TransientModel):
    """The page on which an administrator of the desk tunes alerts and escalations, without Odoo's own settings.

    It holds nothing: what is changed here is changed on the thresholds and on the company, when it is saved.
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
            # sudo: who may open this page sets this one field, and need not be allowed to change companies.
            self.env.company.sudo().sla_manager_id = page.sla_manager_id

    def action_save(self):
        """The button saves the page first: all is done by then."""
        return show_notification("success", self.env._("Saved. Open tickets follow at once."), next=CLOSE)
