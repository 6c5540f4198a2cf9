from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import is_html_empty

from ...tools.lifecycle.rules import Objection


class HelpdeskTicket(models.Model):
    """Says what stands against a move of tickets: the rules, the role of the mover, the gates.

    Everything is told at once, so that people can mend all of it before they try again.
    """

    _inherit = "helpdesk.ticket"

    reachable_stage_ids = fields.Many2many(
        "helpdesk.ticket.stage",
        string="Stages within reach",
        compute="_compute_reachable_stage_ids",
        help="The stage of the ticket and those that your role may move it to from there.",
    )

    @api.depends("team_id", "stage_id")
    @api.depends_context("uid")
    def _compute_reachable_stage_ids(self):
        for ticket in self:
            lifecycle = ticket._get_lifecycle()
            if not lifecycle:
                ticket.reachable_stage_ids = ticket.applicable_stage_ids
                continue
            # A form in which somebody has picked the next stage shows the ways from the stage that is saved.
            saved = ticket._origin
            stage_id = saved._get_lifecycle() == lifecycle and saved.stage_id.id
            ticket.reachable_stage_ids = ticket.stage_id.browse(lifecycle._get_reach(stage_id))

    # --- The verdict on a write: refusals stop it, warnings are told. ---

    def _judge_move(self, stage):
        """The objections to moving the tickets to the stage: those that stop the move, and those that only warn.

        The rules are asked once for each stage that tickets come from, and each gate once for all its tickets.
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
                # sudo: the message is for whoever moves the ticket, also for clients, who may not read gates.
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
        # sudo: tickets are grouped by lifecycle also for those who may not read teams and lifecycles.
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
        """Stop the write with everything that stands against it, and keep that somebody was stopped."""
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

    # --- Where a ticket can go from here, and what is missing for it. ---

    def get_next_stages(self):
        """Each stage that may follow, whether the user can move the ticket there, and what is missing if not."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only the people of the service desk see the rules of its tickets."))
        lifecycle = self._get_lifecycle()
        if not lifecycle:
            return []
        stages = self.stage_id.browse(lifecycle._get_rules().get_targets(self.stage_id.id))
        return [self._describe_next_stage(lifecycle, stage) for stage in stages.sorted()]

    def _describe_next_stage(self, lifecycle, stage):
        role_ok = lifecycle._has_role_for(self.stage_id.id, stage.id)
        gates = lifecycle._get_rules().get_gates(self.stage_id.id, stage.id)
        # sudo: a gate judges the whole ticket, also fields that the user may not read.
        shut = [gate for gate in gates if not self.sudo()._filter_passing(gate)]
        return {
            "stage": {"id": stage.id, "name": stage.name},
            "is_forward": stage.sequence > self.stage_id.sequence,
            "allowed": role_ok and not any(gate.is_blocking for gate in shut),
            "role_ok": role_ok,
            "roles": [] if role_ok else lifecycle._get_role_names(self.stage_id.id, stage.id),
            "items": [item for gate in shut for item in self._explain_gate(gate)],
        }

    def _explain_gate(self, gate):
        """What the ticket lacks for the gate: one item, or one for each required field that is empty."""
        # sudo: the words count what is missing on the whole ticket, also in fields that the user may not read.
        details = self.sudo()._get_gate_details(gate).get(self.id, ())
        message = " ".join([self.env["psa.lifecycle.gate"].browse(gate.id).message, *details])
        item = {"gate_id": gate.id, "message": message, "mode": "block" if gate.is_blocking else "warn"}
        return [{**item, "fix": fix} for fix in self._get_fixes(gate) or [False]]

    def _get_fixes(self, gate):
        """Where the user can mend what the gate asks for: a field of the form, or an action to open.

        A check has such a place when the ticket has a method `_lifecycle_fix_<name>`.
        """
        if gate.kind == "check":
            find = getattr(self, f"_lifecycle_fix_{gate.check_name}", None)
            fixes = [find()] if find else []
        elif gate.kind == "fields":
            # sudo: a required field counts as empty or not, whether the user may read it or not.
            ticket = self.sudo()
            fixes = [{"field": name} for name in gate.field_names if not ticket._is_filled_in(name)]
        else:
            names = [leaf[0].split(".")[0] for leaf in gate.domain if len(leaf) == 3]
            fixes = [{"field": name} for name in dict.fromkeys(names)]
        return [labelled for fix in fixes if (labelled := self._label_fix(fix))]

    def _label_fix(self, fix):
        """The place with its label; nothing if it is a field that the user does not see."""
        if "field" not in fix:
            return fix
        described = self.fields_get([fix["field"]], ["string"])
        return described and {**fix, "label": described[fix["field"]]["string"]}
