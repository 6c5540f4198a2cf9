from collections import defaultdict
from datetime import timedelta

from odoo import SUPERUSER_ID, fields, models
from odoo.tools import SQL

from ...tools.lifecycle.rules import Move

# Tickets that a rule names as examples.
MAX_TICKETS = 30


class PsaLifecycle(models.Model):
    """Says what other rules would have done to the moves of the last days, before anybody saves them."""

    _inherit = "psa.lifecycle"

    def _dry_run(self, proposed, days=30):
        """What would have been refused, or newly allowed, had the lifecycle had these moves.

        `proposed` is a list of all moves as they would be, dicts of `from_id`, `to_id`, `group_ids` and
        `gate_ids`. Looked at are the moves that were made in the last `days` days, overrides left out,
        and the attempts that were refused. Only what the change itself turns round counts:

        - a move made is refused if its cell is gone, if the mover's present groups may not make it, or if
          a gate that is new on it does not let the ticket through as it is now; a gate that was on it
          already counts as passed;
        - an attempt is allowed if each reason for which it was refused is gone, and the gates that are
          new on it let the ticket through as it is now.

        Returns a dict: `days`; `checked`, the moves and attempts looked at; `refused` and `allowed`, how
        many of them would have gone the other way; `rules`, a list of dicts `name` (from → to), `from_id`,
        `to_id`, `is_refused`, `reason` in words, `gate_id` (or False), `count` and `tickets` (dicts of
        `id` and `name`), the biggest first; `explanation`, how it was judged, in words. A move refused
        for two reasons is in both their rules.
        """
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=days)
        new = {(move["from_id"], move["to_id"]): _as_move(move) for move in proposed}
        old = {cell: Move(move.group_ids, frozenset(move.gate_ids)) for cell, move in self._get_rules().moves.items()}
        moves, attempts = self._fetch_moves(since), self._fetch_attempts(since)
        checked = len(moves) + len(attempts)
        moves, attempts = (
            [row for row in rows if new.get(row["cell"]) != old.get(row["cell"])] for rows in (moves, attempts)
        )
        failing = self._find_failing(old, new, [*moves, *attempts])
        refused, allowed = defaultdict(list), defaultdict(list)
        for move in moves:
            for reason in self._list_refusals(move, new, failing):
                refused[move["cell"], reason].append(move)
        for attempt in attempts:
            if self._is_freed(attempt, new, failing):
                allowed[attempt["cell"], "freed"].append(attempt)
        return {
            "days": days,
            "checked": checked,
            "refused": len({move["id"] for group in refused.values() for move in group}),
            "allowed": sum(map(len, allowed.values())),
            "rules": self._describe_rules(refused, True, new) + self._describe_rules(allowed, False, new),
            "explanation": self.env._(
                "Roles are the people's present ones. Gates that are new on a move judge the tickets as they are "
                "now; those that were on it already count as they did then. Overrides are left out."
            ),
        }

    def _fetch_moves(self, since):
        """The moves that people and the system made: dicts, the latest first."""
        query = SQL(
            """
            SELECT id, ticket_id, from_stage_id, to_stage_id, user_id FROM psa_lifecycle_move
            WHERE lifecycle_id = %s AND moved_at >= %s AND from_stage_id <> to_stage_id AND NOT is_override
            ORDER BY id DESC
            """,
            self.id,
            since,
        )
        return self._fetch_rows(query)

    def _fetch_attempts(self, since):
        """The attempts that were refused, each with the gates that stopped it; 0 stands for the rules."""
        query = SQL(
            """
            SELECT max(id) AS id, ticket_id, from_stage_id, to_stage_id, user_id,
                   array_agg(coalesce(gate_id, 0)) AS gate_ids
            FROM psa_lifecycle_refusal
            WHERE lifecycle_id = %s AND refused_at >= %s AND to_stage_id IS NOT NULL
            GROUP BY ticket_id, from_stage_id, to_stage_id, user_id, refused_at ORDER BY 1 DESC
            """,
            self.id,
            since,
        )
        return self._fetch_rows(query)

    def _fetch_rows(self, query):
        rows = self.env.execute_query_dict(query)
        for row in rows:
            row["cell"] = (row["from_stage_id"], row["to_stage_id"])
        return rows

    def _find_failing(self, old, new, rows):
        """Pairs (gate id, ticket id): the gate is new on the move of the ticket and would stop it.

        Each gate is asked once, for all its tickets.
        """
        waiting, failing = defaultdict(set), set()
        for row in rows:
            known = old.get(row["cell"], Move()).gate_ids
            for gate_id in frozenset(new.get(row["cell"], Move()).gate_ids).difference(known):
                waiting[gate_id].add(row["ticket_id"])
        # sudo: a gate judges the whole ticket, also fields that the administrator may not read.
        env = self.sudo().env
        gates = env["psa.lifecycle.gate"].browse(waiting)
        for gate in gates.filtered(lambda gate: gate.mode == "block"):
            tickets = env["helpdesk.ticket"].browse(waiting[gate.id])
            failing |= {(gate.id, ticket_id) for ticket_id in (tickets - gate._get_passing(tickets)).ids}
        return failing

    def _list_refusals(self, move, new, failing):
        """Why the proposed rules would have refused a move that was made: "gone", "role", or gates."""
        rule = new.get(move["cell"])
        if rule is None:
            return ["gone"]
        role = [] if self._may_make(move["user_id"], rule) else ["role"]
        return role + [gate_id for gate_id in sorted(rule.gate_ids) if (gate_id, move["ticket_id"]) in failing]

    def _is_freed(self, attempt, new, failing):
        rule = new.get(attempt["cell"])
        if rule is None or not self._may_make(attempt["user_id"], rule):
            return False
        return not any(
            gate_id in attempt["gate_ids"] or (gate_id, attempt["ticket_id"]) in failing for gate_id in rule.gate_ids
        )

    def _may_make(self, user_id, rule):
        # sudo: the verdict depends on the roles of whoever moved the ticket, also if the user may not read people.
        user = self.env["res.users"].sudo().browse(user_id)
        return user_id == SUPERUSER_ID or not rule.group_ids.isdisjoint(user._get_group_ids())

    def _describe_rules(self, groups, is_refused, new):
        # sudo: the tickets are named as examples, whichever company or team they are of.
        tickets = self.env["helpdesk.ticket"].sudo()
        described = []
        for (cell, reason), rows in groups.items():
            from_stage, to_stage = (self.initial_stage_id.browse(stage_id) for stage_id in cell)
            shown = tickets.browse(dict.fromkeys(row["ticket_id"] for row in rows))[:MAX_TICKETS]
            described.append(
                {
                    "name": f"{from_stage.name} → {to_stage.name}",
                    "from_id": from_stage.id,
                    "to_id": to_stage.id,
                    "is_refused": is_refused,
                    "reason": self._describe_reason(reason, new.get(cell)),
                    "gate_id": reason if isinstance(reason, int) else False,
                    "count": len(rows),
                    "tickets": [{"id": ticket.id, "name": ticket.display_name} for ticket in shown],
                }
            )
        return sorted(described, key=lambda rule: -rule["count"])

    def _describe_reason(self, reason, rule):
        if reason == "gone":
            return self.env._("The move would not be there.")
        if reason == "freed":
            return self.env._("What stood against it would be gone.")
        if reason == "role":
            return self.env._(
                "Only these roles might make it: %s.",
                ", ".join(self._name_roles(rule.group_ids)) or self.env._("the system"),
            )
        gate = self.env["psa.lifecycle.gate"].browse(reason)
        return f"{gate.name}: {gate.message}"


def _as_move(data):
    return Move(frozenset(data["group_ids"]), frozenset(data["gate_ids"]))
