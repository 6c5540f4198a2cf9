from odoo import models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

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
