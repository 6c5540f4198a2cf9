from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class HelpdeskTicket(models.Model):
    """What escalation adds to a ticket: its SLA alerts and breaches, and how far it was escalated."""

    _inherit = "helpdesk.ticket"

    sla_escalation_level = fields.Integer(
        string="Escalation level", readonly=True, copy=False, tracking=True, groups="base.group_user"
    )
    sla_alert_ids = fields.One2many(
        "psa.sla.alert", "ticket_id", string="SLA alerts", readonly=True, groups="base.group_user"
    )
    sla_breach_ids = fields.One2many(
        "psa.sla.breach", "ticket_id", string="SLA breaches", readonly=True, groups="base.group_user"
    )
    unexplained_breach_count = fields.Integer(
        string="Breaches to explain", compute="_compute_unexplained_breach_count", groups="base.group_user"
    )

    @api.depends("sla_breach_ids.reason_id", "sla_breach_ids.withdrawn_at")
    def _compute_unexplained_breach_count(self):
        # sudo: whoever reads the ticket may know how many breaches wait, also without the right to read breaches.
        breaches = self.env["psa.sla.breach"].sudo()
        mine = [("ticket_id", "in", self.ids), ("is_open", "=", True)]
        counts = dict(breaches._read_group(mine, ["ticket_id"], ["__count"]))
        for ticket in self:
            ticket.unexplained_breach_count = counts.get(ticket._origin, 0)

    def unlink(self):
        """Delete the alerts and breaches of the tickets: for want of a foreign key the database would leave them."""
        ticket_ids = tuple(self.ids) or (0,)
        result = super().unlink()
        self.env.cr.execute(SQL("DELETE FROM psa_sla_alert WHERE ticket_id IN %s", ticket_ids))
        self.env.cr.execute(SQL("DELETE FROM psa_sla_breach WHERE ticket_id IN %s", ticket_ids))
        return result

    def action_explain_breaches(self):
        self.ensure_one()
        breaches = self.sla_breach_ids.filtered("is_open") or self.sla_breach_ids
        return breaches.action_explain()

    def _refuse_engine_fields(self, vals_list):
        """Refuse an escalation level that somebody gives: it follows from the SLA alerts of the ticket."""
        result = super()._refuse_engine_fields(vals_list)
        given = [*vals_list, {key.removeprefix("default_"): value for key, value in self.env.context.items()}]
        if not self.env.su and any("sla_escalation_level" in vals for vals in given):
            raise UserError(self.env._("The escalation level follows from the SLA alerts of the ticket: leave it out."))
        return result

    def _describe_history(self):
        missed = [
            {"target": breach.display_name, "at": str(breach.breached_at), "reason": breach.reason_id.name or ""}
            for breach in self.sla_breach_ids
        ]
        return {**super()._describe_history(), "missed": missed}

    def _apply_promises(self, replay=False):
        """Withdraw breaches of targets that a replay finds kept. Another promise without a replay withdraws none."""
        result = super()._apply_promises(replay=replay)
        if replay and self:
            self.env["psa.sla.breach"]._withdraw_for(self)
        return result

    def _sla_rebuild(self, reason):
        """Withdraw all breaches that the clocks no longer show: with a reason, the rules of today count."""
        result = super()._sla_rebuild(reason)
        self.env["psa.sla.breach"]._withdraw_for(self._filter_governed(), by_any_rule=True)
        return result

    def _lifecycle_check_breach_explained(self):
        """The tickets all of whose breaches are explained. Breaches that no sweep has noticed yet count, too."""
        # sudo: a gate holds for everybody, also for users who may not read breaches.
        tickets = self.sudo()
        known = tickets.sla_breach_ids
        explained = {(breach.ticket_id.id, breach.layer, breach.target) for breach in known if not breach.is_open}
        late = tickets.ticket_sla_ids.filtered("breached_at")
        open_tickets = (
            known.filtered("is_open").ticket_id
            | late.filtered(lambda row: (row.ticket_id.id, row.layer, row.target) not in explained).ticket_id
        )
        return self.filtered(lambda ticket: ticket.id not in open_tickets.ids)

    def _lifecycle_fix_breach_explained(self):
        return {"action": self.action_explain_breaches(), "label": self.env._("Explain the breach")}
