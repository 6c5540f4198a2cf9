from odoo import api, fields, models

from odoo.addons.psa_base.tools.windows import open_records


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    resolution = fields.Html(
        string="What was done",
        copy=False,
        help="Stands at the top of the service report, so write it in words for the client. If it is empty, "
        "the report repeats the descriptions of the time entries.",
    )
    svr_ids = fields.One2many("techsource.svr", "ticket_id", string="Service reports")
    svr_count = fields.Integer(compute="_compute_svr", string="Number of service reports")
    svr_state = fields.Selection(
        selection=lambda self: self.env["techsource.svr"]._fields["state"].selection,
        compute="_compute_svr",
        string="Latest report",
    )

    @api.depends("svr_ids.state")
    def _compute_svr(self):
        for ticket in self:
            ticket.svr_count = len(ticket.svr_ids)
            ticket.svr_state = ticket._get_latest_svr().state

    def action_view_svrs(self):
        self.ensure_one()
        domain = [("ticket_id", "=", self.id)]
        return open_records(self.env, "psa_techsource.techsource_svr_action", self.svr_ids, domain)

    def _get_latest_svr(self):
        # Sorted, because the cache has a report of this transaction last, against the order of the model.
        return self.svr_ids.sorted("version")[-1:]

    # --- Gates of the lifecycle: what each asks for, and where somebody can mend what is missing ---

    def _lifecycle_check_resolution_written(self):
        return self.filtered(lambda ticket: ticket._is_filled_in("resolution"))

    def _lifecycle_fix_resolution_written(self):
        return {"field": "resolution"}

    def _lifecycle_check_svr_approved(self):
        # sudo: the client's approval counts also when the mover may not read reports.
        approved = self.sudo().filtered(lambda ticket: ticket._get_latest_svr().state == "approved")
        return self.browse(approved.ids)

    def _lifecycle_fix_svr_approved(self):
        if not self.svr_ids:
            return {"field": "resolution"}
        return {"action": self.action_view_svrs(), "label": self.env._("Service report")}

    # --- What arriving in a stage sets in motion ---

    def _lifecycle_after_move(self, from_stages):
        result = super()._lifecycle_after_move(from_stages)
        # sudo: reports follow the ticket whoever moved it, and nobody has a right to write them.
        for (lifecycle, stage), tickets in self.sudo()._group_by_place().items():
            tickets._follow_with_svr(lifecycle, stage)
        return result

    def _follow_with_svr(self, lifecycle, stage):
        """Draft, send or withdraw the service reports of tickets that have just arrived in this stage."""
        svr_model = self.env["techsource.svr"]
        if stage not in lifecycle.svr_send_stage_id | lifecycle.svr_approved_stage_id:
            self.svr_ids.filtered(lambda svr: svr.state == "sent")._withdraw()
        if stage == lifecycle.svr_draft_stage_id:
            svr_model._draft(self)
        if stage == lifecycle.svr_send_stage_id:
            svr_model._draft(self)._send()
        if stage == lifecycle.svr_approved_stage_id:
            self.env["techsource.billing.rule"]._trigger_billing()
