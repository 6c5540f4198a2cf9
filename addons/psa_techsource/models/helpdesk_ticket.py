from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.psa_base.tools.windows import open_records


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["techsource.ticket.routing.mixin", "helpdesk.ticket"]

    resolution = fields.Html(
        string="What was done",
        copy=False,
        help="In the client's words: it opens the service report. Left empty, the report says what "
        "the time entries say.",
    )
    svr_ids = fields.One2many("techsource.svr", "ticket_id", string="Service reports")
    svr_count = fields.Integer(compute="_compute_svr", string="Number of service reports")
    svr_state = fields.Selection(
        selection=lambda self: self.env["techsource.svr"]._fields["state"].selection,
        compute="_compute_svr",
        string="Latest report",
    )

    invoice_count = fields.Integer(
        string="Number of invoices", compute="_compute_invoice_count", groups="psa_base.group_accounts"
    )

    def write(self, vals):
        staffed = self.filtered("user_id") if {"team_id", "user_id"} & vals.keys() else self.browse()
        if not staffed:
            return super().write(vals)
        # Undone when it is refused: code that swallows the refusal finds the engineer still on the ticket.
        with self.env.cr.savepoint():
            result = super().write(vals)
            staffed._check_engineer_stays()
        return result

    @api.depends("svr_ids.state")
    def _compute_svr(self):
        for ticket in self:
            ticket.svr_count = len(ticket.svr_ids)
            ticket.svr_state = ticket._get_latest_svr().state

    @api.depends("svr_ids.invoice_line_ids")
    def _compute_invoice_count(self):
        for ticket in self:
            ticket.invoice_count = len(ticket.svr_ids.invoice_line_ids.move_id)

    def action_view_invoices(self):
        return self.svr_ids.action_view_invoices()

    def action_view_svrs(self):
        self.ensure_one()
        domain = [("ticket_id", "=", self.id)]
        return open_records(self.env, "psa_techsource.techsource_svr_action", self.svr_ids, domain)

    def _check_engineer_stays(self):
        """Past the point that nobody passes without an engineer, a ticket keeps one until it is closed."""
        if self._find_override():
            return
        # sudo: the ticket may have left the teams of the user.
        for ticket in self.sudo().filtered(lambda ticket: not ticket.user_id):
            lifecycle = ticket.team_id.lifecycle_id
            if lifecycle and ticket.stage_id.id in lifecycle._get_staffed_stage_ids():
                raise UserError(
                    self.env._(
                        "%(ticket)s is in %(stage)s and needs an engineer there. Choose another one, who is in "
                        "its team, or move the ticket back first.",
                        ticket=ticket.number,
                        stage=ticket.stage_id.name,
                    )
                )

    def _get_latest_svr(self):
        # Sorted here: a report that was made in this transaction stands last in the cache.
        return self.svr_ids.sorted("version")[-1:]

    # The choice of SLA rules

    def _get_sla_facts(self):
        """A ticket is under the agreements that its client has today."""
        facts = super()._get_sla_facts()
        if any("agreement" in rule.conditions for rule in self.env["helpdesk.sla"]._get_rules()):
            # sudo: what is promised does not depend on who may read agreements.
            tickets = self.sudo()
            running = tickets.env["contract.contract"]._get_running_ids(tickets.commercial_partner_id)
            for ticket in tickets:
                facts[ticket.id]["agreement"] = running.get(ticket.commercial_partner_id.id, ())
        return facts

    # Gates of the lifecycle

    def _lifecycle_check_engineer_assigned(self):
        return self.filtered("user_id")

    def _lifecycle_check_resolution_written(self):
        return self.filtered(lambda ticket: ticket._is_filled_in("resolution"))

    def _lifecycle_check_svr_approved(self):
        # sudo: the gate asks whether the client approved, not whether the mover may read reports.
        approved = self.sudo().filtered(lambda ticket: ticket._get_latest_svr().state == "approved")
        return self.browse(approved.ids)

    # Where what they miss can be mended

    def _lifecycle_fix_engineer_assigned(self):
        return {"field": "user_id"}

    def _lifecycle_fix_resolution_written(self):
        return {"field": "resolution"}

    def _lifecycle_fix_svr_approved(self):
        if not self.svr_ids:
            return {"field": "resolution"}
        return {"action": self.action_view_svrs(), "label": self.env._("Service report")}

    # What arriving in a stage sets in motion

    def _lifecycle_after_move(self, from_stages):
        result = super()._lifecycle_after_move(from_stages)
        # sudo: reports follow the ticket, whoever moved it; nobody has the right to write them by hand.
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
