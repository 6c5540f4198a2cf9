from odoo import api, models
from odoo.tools import split_every

# How many tickets are replayed at once when rules change; the others are left to jobs of so many each.
BATCH = 200


class PsaSlaRebuildMixin(models.AbstractModel):
    """Clocks that are set anew from the history of their tickets: because somebody asks, or rules changed.

    Alerts that were raised stay raised, and a target raises each but once; what a replay changes is when
    the targets are due and whether they were met.
    """

    _name = "psa.sla.rebuild.mixin"
    _description = "Recalculation of SLA clocks"

    def action_explain_sla(self):
        """Why this SLA? For each layer and target: the rule that won, and why the others did not."""
        self.ensure_one()
        return self.env["psa.sla.explanation"]._explain(self)

    def _sla_rebuild(self, reason):
        """Set the clocks of the tickets anew, and keep what they said before and say now."""
        governed = self._filter_governed()
        before = governed._describe_clocks()
        governed._apply_promises(replay=True)
        self.env["psa.sla.breach"]._withdraw_for(governed, by_any_rule=True)
        after = governed._describe_clocks()
        self.env["psa.audit.entry"]._log(
            governed,
            "recalculation",
            reason,
            before=lambda ticket: before[ticket.id],
            after=lambda ticket: after[ticket.id],
        )

    def _describe_clocks(self):
        """What the clocks say, by ticket, for people to read."""
        # sudo: both layers, whoever asks; the audit entry has readers of its own.
        return {
            ticket.id: {
                f"{row.layer} {row.target}": {
                    "rule": row.name,
                    "state": row.state,
                    "due": row.deadline,
                    "working_hours_used": round(row.consumed_time, 2),
                    "met": row.met_at,
                    "missed": row.breached_at,
                }
                for row in ticket.ticket_sla_ids
            }
            for ticket in self.sudo()
        }

    @api.model
    def _adopt_clocks(self):
        """Give the engine's clocks to open tickets that have OCA's. Called on installation, too."""
        foreign = ["|", ("ticket_sla_ids", "=", False), ("ticket_sla_ids.target_seconds", "in", (False, 0))]
        self._replay_open_tickets([("team_id.use_sla", "=", True), *foreign])

    @api.model
    def _replay_before_commit(self, calendars):
        """Working hours have changed, often line by line: replay once, when the transaction ends."""
        precommit = self.env.cr.precommit
        changed = precommit.data.setdefault("psa_sla_calendars", set())
        if not changed:
            precommit.add(self._replay_changed_calendars)
        changed.add(calendars._ids)

    @api.model
    def _replay_changed_calendars(self):
        changed = self.env.cr.precommit.data.pop("psa_sla_calendars", ())
        calendar_ids = {calendar_id for ids in changed for calendar_id in ids}
        everywhere = () in changed
        self._replay_open_tickets([] if everywhere else [("ticket_sla_ids.calendar_id", "in", list(calendar_ids))])
        self.env.flush_all()

    @api.model
    def _replay_open_tickets(self, domain):
        """Rules, calendars or teams have changed: the open tickets among these follow."""
        # sudo: a rule holds for all tickets, also those that whoever changes it may not see.
        tickets = self.sudo().search(
            [("team_id.lifecycle_id", "!=", False), ("stage_id.closed", "=", False), *domain], order="id"
        )
        for number, ids in enumerate(split_every(BATCH, tickets.ids)):
            batch = self.browse(ids)
            if number:
                batch = batch.with_delay(description=self.env._("Recalculate SLA clocks after a change of rules"))
            batch._apply_promises(replay=True)
