import hashlib
import json

from odoo import Command, models
from odoo.exceptions import UserError

from ...tools.lifecycle.matrix import parse_changes


class PsaLifecycle(models.Model):
    """Shows the moves of a lifecycle as a matrix from × to, and takes the changes that people make there."""

    _inherit = "psa.lifecycle"

    def get_matrix(self):
        """The lifecycle as its screens draw it. The token says which state of the rules this is."""
        self.ensure_one()
        self.check_access("read")
        stages = self.stage_ids
        return {
            "id": self.id,
            "name": self.name,
            "token": self._get_matrix_token(),
            "can_edit": self.has_access("write"),
            "first_stage_id": self.initial_stage_id.id,
            "stages": self._list_stages(stages),
            "other_stages": self._list_stages(stages.search([("id", "not in", stages.ids)])),
            "moves": self._list_moves(),
            "roles": [{"id": group.id, "name": group.name} for group in self._get_roles()],
            "gates": self._list_gates(),
        }

    def preview_matrix(self, changes):
        """What the changes would have done to the moves of the last 30 days. Nothing is saved."""
        self.ensure_one()
        self.check_access("write")
        return self._dry_run(self._get_proposed_moves(self._parse_changes(changes)), days=30)

    def save_matrix(self, changes, token, reason=None):
        """Save the changes, all or none; refuse them if somebody changed the rules since the token was given."""
        self.ensure_one()
        self.check_access("write")
        changes = self._parse_changes(changes)
        if token != self._get_matrix_token():
            raise UserError(
                self.env._(
                    "Somebody else changed the lifecycle %s while you worked on it, so nothing was saved. "
                    "Discard your changes to see the new rules, then make them again.",
                    self.name,
                )
            )
        before = self._describe_moves(changes)
        # By way of the lifecycle, whose row every save updates: of two at once, one starts again and sees the other.
        self.write({"transition_ids": self._prepare_move_commands(changes)})
        after = self._describe_moves(changes)
        if before != after:
            reason = str(reason or "").strip() or self.env._("Changed in the matrix")
            self.env["psa.audit.entry"]._log(self, "rules", reason, before=before, after=after)
        return self.get_matrix()

    def _list_moves(self):
        return [
            {
                "from_id": move.from_stage_id.id,
                "to_id": move.to_stage_id.id,
                "group_ids": move.group_ids.ids,
                "gate_ids": move.gate_ids.ids,
            }
            for move in self.transition_ids
        ]

    def _list_gates(self):
        # All there are, because the editor offers them: pylint: disable=no-search-all
        return self.env["psa.lifecycle.gate"].search_read([], ["name", "message", "mode"], load=None)

    def _list_stages(self, stages):
        counts = {}
        if self.has_access("write"):
            tickets = [("stage_id", "in", stages.ids), ("team_id.lifecycle_id", "in", self.ids)]
            counts = dict(self.env["helpdesk.ticket"]._read_group(tickets, ["stage_id"], ["__count"]))
        return [
            {
                "id": stage.id,
                "name": stage.name,
                "sequence": stage.sequence,
                "closed": stage.closed,
                "ticket_count": counts.get(stage, 0),
            }
            for stage in stages
        ]

    def _get_roles(self):
        """Who can be given a move: the roles of the suite and those that the lifecycle has already."""
        # sudo: names of roles are no secret, and the matrix shows them to whoever reads the lifecycle.
        lifecycle = self.sudo()
        groups = lifecycle.env["res.groups"]
        for role in ("operations", "support", "accounts", "client", "admin"):
            groups |= lifecycle.env.ref(f"psa_base.group_{role}")
        return groups | lifecycle.transition_ids.group_ids

    def _get_matrix_token(self):
        moves = sorted(
            (move.from_stage_id.id, move.to_stage_id.id, sorted(move.group_ids.ids), sorted(move.gate_ids.ids))
            for move in self.transition_ids
        )
        return hashlib.sha256(json.dumps([self.initial_stage_id.id, moves]).encode()).hexdigest()

    def _parse_changes(self, data):
        """The changes by cell, of stages, roles and gates that are there."""
        try:
            changes = parse_changes(data)
        except ValueError as error:
            raise UserError(self.env._("These are not changes of a lifecycle: %s", error)) from error
        stage_ids = {stage_id for cell in changes for stage_id in cell}
        gate_ids = {gate_id for change in changes.values() for gate_id in change.gate_ids}
        stages = self.env["helpdesk.ticket.stage"].with_context(active_test=False)
        gates = self.env["psa.lifecycle.gate"]
        if any(
            records.search_count([("id", "in", list(ids))]) < len(ids)
            for records, ids in ((stages, stage_ids), (gates, gate_ids))
        ):
            raise UserError(
                self.env._(
                    "A stage or a gate of your changes is not there any more. Discard the changes, "
                    "then make them again."
                )
            )
        roles = set(self._get_roles().ids)
        if any(change.group_ids - roles for change in changes.values()):
            raise UserError(self.env._("A move can be given to roles of the service desk only."))
        return changes

    def _get_moves(self):
        return {(move.from_stage_id.id, move.to_stage_id.id): move for move in self.transition_ids}

    def _get_proposed_moves(self, changes):
        """All moves as they would be with the changes."""
        kept = [move for move in self._list_moves() if (move["from_id"], move["to_id"]) not in changes]
        return kept + [change.model_dump(exclude={"allowed"}) for change in changes.values() if change.allowed]

    def _prepare_move_commands(self, changes):
        moves, commands = self._get_moves(), []
        for cell, change in changes.items():
            links = {
                "group_ids": [Command.set(sorted(change.group_ids))],
                "gate_ids": [Command.set(sorted(change.gate_ids))],
            }
            if change.allowed and cell in moves:
                commands.append(Command.update(moves[cell].id, links))
            elif change.allowed:
                commands.append(Command.create({"from_stage_id": cell[0], "to_stage_id": cell[1], **links}))
            elif cell in moves:
                commands.append(Command.delete(moves[cell].id))
        return commands

    def _describe_moves(self, cells):
        """These cells of the matrix in words, for the audit trail."""
        return {
            move.display_name: {
                # sudo: names of roles are no secret, and the audit trail has readers of its own.
                "roles": sorted(move.sudo().group_ids.mapped("name")),
                "gates": sorted(move.gate_ids.mapped("name")),
            }
            for cell, move in self._get_moves().items()
            if cell in cells
        }
