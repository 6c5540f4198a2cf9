"""A picture of one screen: who sees it, where it is, and what is clicked before it is taken."""

from dataclasses import dataclass
from typing import Any

from ..errors import PsaError
from ..wire.wire import Person

LIST = ".o_list_view .o_data_row"
KANBAN = ".o_kanban_view .o_kanban_record"
HOME = ".o_action_manager .o_view_controller, .o_action_manager .o_content"
FORM = ".o_form_view .o_form_sheet"
PAGE = "#wrap"
REPORT_VIEW = ".o_pivot_view table, .o_graph_view canvas"


def tab(name: str, there: str) -> tuple[str, str]:
    """To another page of a form."""
    return f".o_notebook_headers [name='{name}']", there


@dataclass(frozen=True)
class Shot:
    """A page as a role sees it. `find` names the record whose id goes into the path."""

    name: str
    role: str
    path: str
    ready: str
    find: tuple[str, list[Any]] | None = None
    clicks: tuple[tuple[str, str], ...] = ()  # what to click, and what is there afterwards, one after the other
    show: str = ""  # what is scrolled into the picture

    def address(self, person: Person) -> str:
        if not self.find:
            return self.path
        record = person.read_one(*self.find, ["id"])
        if not record:
            raise PsaError(f"there is no {self.find[0]} with {self.find[1]}")
        return self.path.format(id=record["id"])


def action(xmlid: str, tail: str = "") -> str:
    return f"/odoo/action-{xmlid}{tail}"
