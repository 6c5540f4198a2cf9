from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from ...tools.lifecycle.lifecycle_rules import Objection


class PsaLifecycleVerdictMixin(models.AbstractModel):
    """Says what stands against a move of tickets: the rules, the role of the mover, the gates.

    Everything is told at once: people mend all of it before they try again.
    """

    _name = "psa.lifecycle.verdict.mixin"
    _description = "Verdict on a move"

    def _judge_move(self, stage):
        """The objections to moving the tickets to the stage that stop it, and those that only warn.

        One look a group of tickets, one check a gate.
        """
        refusals, warnings, waiting, gates = [], [], defaultdict(self.browse), {}
        for (lifecycle, left), tickets in self._group_by_place().items():
            if reason := lifecycle._get_refusal(left, stage):
                refusals += [Objection(ticket, reason) for ticket in tickets]
            for gate in lifecycle._get_rules().get_gates(left.id, stage.id):
                gates[gate.id] = gate
                waiting[gate.id] |= tickets
        for gate_id, gate in gates.items():
            if stopped := waiting[gate_id] - waiting[gate_id]._filter_passing(gate):
                # sudo: the message is for whoever moves the ticket, also if clients may not read gates.
                message = self.env["psa.lifecycle.gate"].sudo().browse(gate_id).message
                details = stopped._get_gate_details(gate)
                said = [Objection(t, " ".join([message, *details.get(t.id, ())]), gate_id) for t in stopped]
                if gate.is_blocking:
                    refusals += said
                else:
                    warnings += said
        return refusals, warnings

    def _group_by_place(self):
        """The tickets by the lifecycle that they are under and the stage that they are in; others are left out."""
        groups = {}
        # sudo: the lifecycle binds whoever writes the ticket, also those who may not read it.
        for team, theirs in self.sudo().grouped("team_id").items():
            if lifecycle := team.lifecycle_id:
                for stage, tickets in theirs.with_env(self.env).grouped("stage_id").items():
                    place = (lifecycle, stage)
                    groups[place] = groups[place] | tickets if place in groups else tickets
        return groups

    def _judge_team_change(self, team):
        """A ticket stays under its lifecycle: the objections to giving the tickets to the team."""
        reason = self.env._(
            "its lifecycle does not go on in the team %s. Choose a team with the same lifecycle, "
            "or ask an administrator to override it.",
            team.name or self.env._("No team"),
        )
        stays = (self.env["psa.lifecycle"], team.lifecycle_id)
        return [Objection(ticket, reason) for ticket in self if ticket._get_lifecycle() not in stays]

    def _filter_passing(self, gate):
        """The tickets that a gate of the cached rules lets through."""
        if gate.kind == "fields":
            return self.filtered(lambda ticket: all(map(ticket._is_filled_in, gate.field_names)))
        if gate.kind == "domain":
            return self.filtered_domain(list(gate.domain))
        return getattr(self, f"_lifecycle_check_{gate.check_name}")()

    def _get_gate_details(self, gate):
        """What a named check adds to the message of its gate, in sentences, by the id of the ticket.

        A check has such words when the ticket has a method `_lifecycle_explain_<name>`.
        """
        explain = gate.kind == "check" and getattr(self, f"_lifecycle_explain_{gate.check_name}", None)
        return explain() if explain else {}

    def _is_filled_in(self, name):
        value = self[name]
        if self._fields[name].type == "html":
            return not is_html_empty(value)
        return bool(value.strip() if isinstance(value, str) else value)

    def _refuse(self, refusals, stage=None):
        """Stop the write with all that stands against it, and remember that somebody was stopped."""
        if not refusals:
            return
        self.env["psa.lifecycle.refusal"]._remember(refusals, stage)
        raise UserError(self._explain_refusals(refusals))

    def _explain_refusals(self, refusals):
        """One line a ticket; for one ticket alone, one line a reason."""
        by_ticket = defaultdict(dict)
        for refusal in refusals:
            by_ticket[refusal.ticket][refusal.message] = True
        if len(by_ticket) > 1:
            heading = self.env._("Nothing was moved, because some tickets may not move:")
            lines = sorted(f"{ticket.number}: {' '.join(said)}" for ticket, said in by_ticket.items())
            return "\n".join([heading, *lines])
        [(ticket, said)] = by_ticket.items()
        if len(said) == 1:
            return f"{ticket.number}: {next(iter(said))}"
        heading = self.env._("%s may not move yet:", ticket.number)
        return "\n".join([heading, *(f"• {message}" for message in said)])

    def _tell_warnings(self, warnings):
        """Show whoever moved the tickets what the gates warn of: it stays on the screen until it is read."""
        if not warnings or not self.env.user._is_internal() or self.env.user._is_superuser():
            return
        by_message = defaultdict(list)
        for warning in warnings:
            by_message[warning.message].append(warning.ticket.number)
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "title": self.env._("Moved, but mind this"),
                "message": "\n".join(f"{', '.join(numbers)}: {said}" for said, numbers in by_message.items()),
                "sticky": True,
            },
        )
