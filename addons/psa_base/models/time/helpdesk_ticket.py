from odoo import api, fields, models

from ...tools.windows import open_action


class HelpdeskTicket(models.Model):
    """The time spent on a ticket, and the gates that ask for it."""

    _inherit = "helpdesk.ticket"

    time_ids = fields.One2many(
        "account.analytic.line",
        "ticket_id",
        string="Time entries",
        groups="hr_timesheet.group_hr_timesheet_user",
    )
    total_hours = fields.Float(
        string="Hours spent", compute="_compute_total_hours", compute_sudo=True, groups="base.group_user"
    )

    @api.depends("time_ids.unit_amount")
    def _compute_total_hours(self):
        for ticket in self:
            ticket.total_hours = sum(ticket.time_ids.mapped("unit_amount"))

    # --- The gate “Time is recorded”. ---

    def _lifecycle_check_time_recorded(self):
        return self.filtered(lambda ticket: ticket.total_hours > 0)

    def _lifecycle_fix_time_recorded(self):
        return {"field": "time_ids"}

    # --- The gate “All time is approved”. ---

    def _lifecycle_check_time_approved(self):
        # sudo: all time on the ticket counts, also what the mover may not read.
        waiting = self.sudo().time_ids.filtered(lambda time: time.approval_state != "approved")
        return self - self.browse(waiting.ticket_id.ids)

    def _lifecycle_fix_time_approved(self):
        """Who approves time goes to the entries that wait for it; others see on the ticket which ones wait."""
        if not self.env.user.has_group("hr_timesheet.group_hr_timesheet_approver"):
            return {"field": "time_ids"}
        domain = [("ticket_id", "in", self.ids), ("approval_state", "=", "draft")]
        action = open_action(self.env, "psa_base.account_analytic_line_action_to_approve", domain=domain)
        return {"action": action, "label": self.env._("Time to approve")}
