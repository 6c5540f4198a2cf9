from odoo import models

from ...tools.sla.sla_choice import choose


class PsaSlaChoiceMixin(models.AbstractModel):
    """Which SLA rules a ticket is under, and by which hours its clocks count.

    For teams without a lifecycle OCA chooses, as ever. All that differs: rules that ask for something
    OCA does not know (a client, say) are for tickets that have it.
    """

    _name = "psa.sla.choice.mixin"
    _description = "Choice of SLA rules"

    def _get_sla(self):
        """OCA's name for the rules of one ticket."""
        rules = self.env["helpdesk.sla"]
        if self._get_lifecycle():
            return rules.browse(promise.sla_id for promise in self._get_promises()[self.id])
        found, facts = super()._get_sla(), None
        for rule in rules._get_rules():
            if rule.asks_for_more and rule.sla_id in found._ids:
                facts = facts or self._get_sla_facts()[self.id]
                if not rule.matches(facts):
                    found -= rules.browse(rule.sla_id)
        return found

    def _get_sla_facts(self):
        """Hook: what decides which rules match, for each ticket: its values by criterion."""
        # sudo: the rules of a ticket do not depend on who looks at it.
        tickets = self.sudo()
        facts = {
            ticket.id: {
                "company": ticket.company_id.ids,
                "team": ticket.team_id.ids,
                "priority": [ticket.priority],
                "category": ticket.category_id.ids,
                "tag": ticket.tag_ids.ids,
                "asset": ticket.asset_id.ids,
                "client": ticket.commercial_partner_id.ids,
                "filter": [],
            }
            for ticket in tickets
        }
        for rule in self.env["helpdesk.sla"]._get_rules():
            if rule.domain:
                for ticket in tickets.filtered_domain(rule.domain):
                    facts[ticket.id]["filter"].append(rule.sla_id)
        return facts

    def _get_promises(self):
        """What is promised to each ticket of a team with a lifecycle: the promises by ticket id."""
        rules, facts = self.env["helpdesk.sla"]._get_rules(), self._get_sla_facts()
        return {
            ticket.id: [
                ticket._get_promise(rule.sla_id, ticket._get_sla_calendar_id(rule))
                for rule in choose(rules, facts[ticket.id]).values()
            ]
            if ticket.team_id.use_sla
            else []
            # sudo: as for the facts.
            for ticket in self.sudo()
        }

    def _get_sla_calendar_id(self, rule):
        """The rule's own hours; else, of what the client is promised, the client's; else the team's."""
        if rule.calendar_id:
            return rule.calendar_id
        own = self.commercial_partner_id.service_calendar_id if rule.layer == "client" else None
        return (own or self.team_id.resource_calendar_id).id or None

    def _get_promise(self, sla_id, calendar_id):
        lifecycle_id = self.team_id.lifecycle_id.id
        return self.env["helpdesk.sla"]._get_promise(sla_id, lifecycle_id, calendar_id)
