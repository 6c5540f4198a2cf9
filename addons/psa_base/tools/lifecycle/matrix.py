"""What the matrix editor of a lifecycle sends: checked here, before any record is looked at."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

# Far more cells, roles and gates than a matrix has that people can still read.
MAX_CHANGES = 2500
MAX_LINKS = 100

Id = Annotated[int, Field(strict=True, gt=0, lt=2**31)]
Ids = Annotated[frozenset[Id], Field(max_length=MAX_LINKS)]


class MoveChange(BaseModel):
    """How one cell of the matrix shall be: the move from one stage to another, allowed so or forbidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_id: Id
    to_id: Id
    allowed: Annotated[bool, Field(strict=True)]
    group_ids: Ids = frozenset()
    gate_ids: Ids = frozenset()

    @model_validator(mode="after")
    def _check_leads_elsewhere(self):
        if self.from_id == self.to_id:
            raise ValueError("a move leads to another stage")
        return self

    @property
    def key(self):
        return self.from_id, self.to_id


_CHANGES = TypeAdapter(Annotated[list[MoveChange], Field(max_length=MAX_CHANGES)])


def parse_changes(data):
    """The changes by (from, to); ValueError if `data` is not a list of changes, each of another cell."""
    try:
        changes = _CHANGES.validate_python(data)
    except ValidationError as error:
        raise ValueError(error.errors(include_url=False, include_input=False)) from error
    by_cell = {change.key: change for change in changes}
    if len(by_cell) != len(changes):
        raise ValueError("two changes of the same cell")
    return by_cell
