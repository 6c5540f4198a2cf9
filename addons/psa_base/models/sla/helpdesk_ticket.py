from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...tools.sla.choice import choose
from ...tools.sla.row import RunningTarget

# When rules change, so many tickets are replayed at once. Jobs of the same size replay the others.
BATCH = 200


class HelpdeskTicket(models.Model):
    """The engine of SLA clocks, for tickets under a lifecycle: it starts the clocks, moves them on and replays them.

    A move costs one SELECT and one UPDATE, for any number of tickets and targets. A clock always says what
    a replay of the ticket's moves (`psa.lifecycle.move`) would say. Tickets of teams without a lifecycle
    have OCA's targets, which OCA's code moves on.
    """

    _inherit = "helpdesk.ticket"

    # Clients may not read it: the earliest target can be an internal one.
    next_due_at = fields.Datetime(
        string="Next due",
        readonly=True,
        copy=False,
        groups="base.group_user",
        index="btree_not_null",
        help="The earliest moment at which a running target of the ticket is due, or was.",
    )

    def write(self, vals):
        """Set the clocks anew where a change of the ticket can put it under other rules."""
        result = super().write(vals)
        if not self.env["helpdesk.sla"]._get_choice_fields().isdisjoint(vals):
            governed = self._filter_governed()
            governed._apply_promises()
            if "team_id" in vals:
                (self - governed)._release_clocks()
        return result

    def set_sla(self):
        """OCA calls this for new tickets. The engine serves those under a lifecycle, all at once."""
        governed = self._filter_governed()
        governed._apply_promises()
        return super(HelpdeskTicket, self - governed).set_sla()

    def refresh_sla(self):
        governed = self._filter_governed()
        return governed._apply_promises() if governed else super().refresh_sla()

    def _lifecycle_after_move(self, from_stages):
        result = super()._lifecycle_after_move(from_stages)
        self._filter_governed()._advance_clocks()
        return result

    def _follow_lifecycle(self):
        result = super()._follow_lifecycle()
        (self - self._filter_governed())._release_clocks()
        return result

    def _put_into(self, stage, moved_at):
        """OCA would move these clocks itself; hide them while the stage is written."""
        none = self.env["helpdesk.ticket.sla"]
        for ticket in self:
            ticket._update_cache({"ticket_sla_ids": none}, validate=False)
        try:
            return super()._put_into(stage, moved_at)
        finally:
            self.invalidate_recordset(["ticket_sla_ids"], flush=False)

    def _advance_clocks(self):
        """Move the clocks of the tickets on to the stages that the tickets are in now."""
        # sudo: users who may move a ticket may not write its clocks.
        tickets = self.sudo()
        rows = self.env["helpdesk.ticket.sla"]._load_rows(tickets.ids)
        # A ticket that has just come under a lifecycle still has the targets that OCA made.
        foreign = {row["ticket_id"] for row in rows if row["target_seconds"] is None}
        targets = []
        for row in rows:
            if row["ticket_id"] not in foreign:
                ticket = tickets.browse(row["ticket_id"])
                target = RunningTarget.from_row(ticket._get_promise(row["sla_id"], row["calendar_id"]), row)
                target.enter(ticket.stage_id.id, ticket.stage_entered_at)
                targets.append(target)
        self.env["helpdesk.ticket.sla"]._save_targets(targets)
        (tickets - tickets.browse(foreign))._keep_next_due(targets)
        tickets.browse(foreign)._apply_promises()

    def _apply_promises(self, replay=False):
        """Choose the rules of the tickets, and replay clocks whose promise has changed; with `replay`, all clocks."""
        if not self:
            return
        # sudo: users who may change a ticket may not write its clocks.
        tickets, rows = self.sudo(), self.env["helpdesk.ticket.sla"]
        old = {}
        for row in rows._load_rows(tickets.ids):
            known = row["target_seconds"] is not None
            old[(row["ticket_id"], row["layer"], row["target"]) if known else row["id"]] = row
        kept, new = [], []
        for ticket_id, promises in tickets._get_promises().items():
            for promise in promises:
                row = old.pop((ticket_id, *promise.key), None)
                if row and promise.is_kept_in(row) and not replay:
                    kept.append(RunningTarget.from_row(promise, row))
                else:
                    new.append(RunningTarget.to_replay(promise, ticket_id, row))
        tickets.browse({target.ticket_id for target in new})._replay_targets(new)
        rows._delete_rows([row["id"] for row in old.values()])
        rows._save_targets([target for target in new if target.row_id])
        rows._insert_targets([target for target in new if not target.row_id])
        tickets._keep_next_due(kept + new)

    def _release_clocks(self):
        """Leave the targets of tickets without a lifecycle to OCA, as they stand now."""
        if self:
            self.env["helpdesk.ticket.sla"]._release_rows(self.ids)
            # sudo: the ticket may have gone to a team whose tickets the user may not write.
            self.sudo()._keep_next_due([])

    def _replay_targets(self, targets):
        stays, now = self._get_stays() if targets else {}, fields.Datetime.now()
        for target in targets:
            target.replay(stays[target.ticket_id], now)

    def _get_stays(self):
        """The history of each ticket under its lifecycle, by ticket id: a list of (stage id, entered at)."""
        stays = {}
        query = SQL(
            """
            SELECT ticket_id, from_stage_id, to_stage_id, moved_at
            FROM psa_lifecycle_move WHERE ticket_id IN %s ORDER BY id
            """,
            tuple(self.ids),
        )
        for ticket_id, from_stage_id, to_stage_id, moved_at in self.env.execute_query(query):
            if from_stage_id is None:
                stays[ticket_id] = []
            elif ticket_id not in stays:
                # The ticket is older than the ledger of moves: it was in its first stage from its creation on.
                stays[ticket_id] = [(from_stage_id, self.browse(ticket_id).create_date)]
            stays[ticket_id].append((to_stage_id, moved_at))
        for ticket in self:
            if ticket.id not in stays:
                stays[ticket.id] = [(ticket.stage_id.id, ticket.stage_entered_at or ticket.create_date)]
        return stays

    def _keep_next_due(self, targets):
        """Write on the tickets when they are next due, and drop what the cache has of their targets."""
        dues = defaultdict(list)
        for target in targets:
            if target.next_due:
                dues[target.ticket_id].append(target.next_due)
        field = self._fields["next_due_at"]
        # Protected, as in a compute method: the value skips `write` and goes into the UPDATE that is due anyway.
        with self.env.protecting([field], self):
            for ticket in self:
                ticket.next_due_at = min(dues[ticket.id], default=False)
        self.invalidate_recordset(self._get_fields_that_show_targets(), flush=False)

    @api.model
    def _get_fields_that_show_targets(self):
        depends = self.env.registry.field_depends
        return ["ticket_sla_ids"] + [
            field.name
            for field in self._fields.values()
            if field.compute and not field.store and any(path.startswith("ticket_sla_ids") for path in depends[field])
        ]

    # --- Which SLA rules a ticket is under, and by which hours its clocks count. ---

    def _get_sla(self):
        """OCA's method for the rules of one ticket. What OCA finds is narrowed by criteria that it does not know."""
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
        """Hook: what decides which rules match: by ticket id, the ticket's values by criterion."""
        # sudo: which rules a ticket is under does not depend on what the user may read.
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
        """What is promised to tickets of teams with a lifecycle: a list of promises by ticket id."""
        rules, facts = self.env["helpdesk.sla"]._get_rules(), self._get_sla_facts()
        return {
            ticket.id: [
                ticket._get_promise(rule.sla_id, ticket._get_sla_calendar_id(rule))
                for rule in choose(rules, facts[ticket.id]).values()
            ]
            if ticket.team_id.use_sla
            else []
            # sudo: what a ticket is promised does not depend on what the user may read.
            for ticket in self.sudo()
        }

    def _get_sla_calendar_id(self, rule):
        """The hours that count: the rule's own; else, in the client's layer, the client's; else the team's."""
        if rule.calendar_id:
            return rule.calendar_id
        own = self.commercial_partner_id.service_calendar_id if rule.layer == "client" else None
        return (own or self.team_id.resource_calendar_id).id or None

    def _get_promise(self, sla_id, calendar_id):
        lifecycle_id = self.team_id.lifecycle_id.id
        return self.env["helpdesk.sla"]._get_promise(sla_id, lifecycle_id, calendar_id)

    # --- Clocks are set anew from the history of their tickets: when somebody asks for it, or rules have changed. ---

    def action_explain_sla(self):
        """Show, for each layer and target, which rule applies and why the others do not."""
        self.ensure_one()
        return self.env["psa.sla.explanation"]._open_explanation(self)

    def _sla_rebuild(self, reason):
        """Set the clocks of the tickets anew, and keep in the audit what they said before and after."""
        governed = self._filter_governed()
        before = governed._describe_clocks()
        governed._apply_promises(replay=True)
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
        # sudo: the audit keeps both layers, also when the user may read only one; it has readers of its own.
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
        """Give the engine's clocks to open tickets that have OCA's, also at installation."""
        foreign = ["|", ("ticket_sla_ids", "=", False), ("ticket_sla_ids.target_seconds", "in", (False, 0))]
        self._replay_open_tickets([("team_id.use_sla", "=", True), *foreign])

    @api.model
    def _replay_before_commit(self, calendars=None):
        """Working hours have changed, often line by line: replay once, when the transaction ends.

        Without `calendars`, the clocks of all calendars are set anew.
        """
        precommit = self.env.cr.precommit
        changed = precommit.data.setdefault("psa_sla_calendars", set())
        if not changed:
            precommit.add(self._replay_changed_calendars)
        changed.update([None] if calendars is None else calendars.ids)

    @api.model
    def _replay_changed_calendars(self):
        calendar_ids = self.env.cr.precommit.data.pop("psa_sla_calendars", ())
        everywhere = None in calendar_ids
        self._replay_open_tickets([] if everywhere else [("ticket_sla_ids.calendar_id", "in", list(calendar_ids))])
        self.env.flush_all()

    @api.model
    def _replay_open_tickets(self, domain):
        """Set the clocks of open tickets anew after a change of rules, calendars or teams: the first batch at once."""
        # sudo: a rule holds for every ticket, also for those that the user who changes it may not read.
        tickets = self.sudo().search(
            [("team_id.lifecycle_id", "!=", False), ("stage_id.closed", "=", False), *domain], order="id"
        )
        for number, ids in enumerate(split_every(BATCH, tickets.ids)):
            batch = self.browse(ids)
            if number:
                batch = batch.with_delay(description=self.env._("Recalculate SLA clocks after a change of rules"))
            batch._apply_promises(replay=True)
