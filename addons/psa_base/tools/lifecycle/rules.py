"""The rules of a lifecycle as plain data, so that they can be cached across requests."""

from typing import NamedTuple


class Gate(NamedTuple):
    """A condition on a move: see `psa.lifecycle.gate`."""

    id: int
    kind: str
    is_blocking: bool
    check_name: str = ""
    domain: tuple = ()
    field_names: tuple = ()


class Move(NamedTuple):
    """An allowed move: the roles that may make it and the gates on it, as database ids."""

    group_ids: frozenset = frozenset()
    gate_ids: tuple = ()


class Rules(NamedTuple):
    """A lifecycle: its moves by (from, to), the gates on them by their ids, and the ids of the actions on
    arrival by the stage.
    """

    initial_stage_id: int
    moves: dict
    gates: dict
    action_ids: dict

    @property
    def stage_ids(self):
        return {self.initial_stage_id}.union(*self.moves)

    def get_targets(self, stage_id):
        """The stages that a ticket may move to from this one.

        A ticket that stands outside of the lifecycle, because its team took the lifecycle on later,
        has one way: to the start.
        """
        if stage_id not in self.stage_ids:
            return {self.initial_stage_id}
        return {to_id for from_id, to_id in self.moves if from_id == stage_id}

    def get_gates(self, from_id, to_id):
        return [self.gates[gate_id] for gate_id in self.moves.get((from_id, to_id), Move()).gate_ids]


class Objection(NamedTuple):
    """Something that stands against moving a ticket, in words; the gate that says it, if it was one."""

    ticket: object
    message: str
    gate_id: int | bool = False
