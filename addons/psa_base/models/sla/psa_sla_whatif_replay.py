from odoo import fields, models

from ...tools.calendar.working_time import HOUR
from ...tools.sla.whatif import get_outcome, measure


class PsaSlaWhatif(models.Model):
    """How a what-if is calculated: its tickets are replayed in batches, under the rules of today and as proposed."""

    _inherit = "psa.sla.whatif"

    # A batch of this size takes a few seconds: the person who asks waits for the first one.
    BATCH = 2000

    ticket_count = fields.Integer(string="Tickets", readonly=True, copy=False)
    done_count = fields.Integer(string="Tickets calculated", readonly=True, copy=False)
    # Grows with each calculation, so that jobs of an earlier one notice that they have nothing left to do.
    run_number = fields.Integer(string="Run", readonly=True, copy=False)
    calculated_at = fields.Datetime(string="Calculated", readonly=True, copy=False)

    def _start_calculation(self):
        self.result_ids.unlink()
        self.ticket_count = self._get_tickets().search_count(self._get_ticket_domain())
        self.run_number += 1
        self._replay_batch(self.run_number, 0)

    def _replay_batch(self, run_number, after_id):
        """Replay the next batch, and leave the rest to another job: no request and no job takes long."""
        if self.state != "running" or self.run_number != run_number:
            return
        domain = [*self._get_ticket_domain(), ("id", ">", after_id)]
        tickets = self._get_tickets().search(domain, order="id", limit=self.BATCH)
        self.env["psa.sla.whatif.result"].create(self._replay_tickets(tickets))
        self.done_count += len(tickets)
        if self.done_count < self.ticket_count and tickets:
            description = self.env._("SLA what-if: %s", self.name)
            self.with_delay(description=description)._replay_batch(run_number, tickets[-1].id)
        else:
            self._update_state(("running",), "done", calculated_at=fields.Datetime.now())

    def _get_tickets(self):
        # sudo: the results count every ticket of the teams, also archived ones and those of other companies.
        return self.env["helpdesk.ticket"].sudo().with_context(active_test=False)

    def _get_ticket_domain(self):
        start, end = self._get_period()
        teams = [("team_id", "in", self.team_ids.ids)] if self.team_ids else []
        return [
            ("create_date", ">=", start),
            ("create_date", "<", end),
            ("team_id.lifecycle_id", "!=", False),
            ("team_id.use_sla", "=", True),
            *teams,
        ]

    def _replay_tickets(self, tickets):
        """The values of the results of these tickets."""
        lines = {line.sla_id.id: line for line in self.line_ids}
        rules = {rule.sla_id: rule for rule in self.env["helpdesk.sla"]._get_rules()}
        stays, now, known = tickets._get_stays() if tickets else {}, fields.Datetime.now(), {}
        results = []
        for ticket_id, promises in tickets._get_promises().items():
            ticket = tickets.browse(ticket_id)
            for promise in promises:
                line = lines.get(promise.sla_id)
                if line is None:
                    continue
                before = measure(promise.target, promise.working_time, stays[ticket_id], now)
                after = before
                if line.is_changed:
                    proposed = self._get_proposed(ticket, promise, line, rules[promise.sla_id], known)
                    after = measure(*proposed, stays[ticket_id], now)
                results.append(self._prepare_result(ticket, promise, before, after))
        return results

    def _get_proposed(self, ticket, promise, line, rule, known):
        """(target, working time) of a ticket under the proposal. `known` keeps it for the tickets that share it."""
        calendar_id = ticket._get_sla_calendar_id(rule._replace(calendar_id=line.calendar_id.id or None))
        key = promise.sla_id, promise.target, calendar_id
        if key not in known:
            known[key] = line._propose(promise, calendar_id)
        return known[key]

    def _prepare_result(self, ticket, promise, before, after):
        return {
            "whatif_id": self.id,
            "ticket_id": ticket.id,
            "sla_id": promise.sla_id,
            "team_id": ticket.team_id.id,
            "commercial_partner_id": ticket.commercial_partner_id.id,
            "layer": promise.layer,
            "target": promise.target_name,
            "opened_at": ticket.create_date,
            "outcome": get_outcome(before, after),
            "breaches_before": before.is_breached,
            "breaches_after": after.is_breached,
            "change": after.is_breached - before.is_breached,
            "late_before": before.late_seconds / HOUR,
            "late_after": after.late_seconds / HOUR,
        }
