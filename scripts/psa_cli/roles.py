"""`scripts/psa roles`: docs/roles.md from the tables that the security tests prove.

The tables are plain data in `addons/*/tests/role_matrix.py`. They are read as literals, so no addon is imported.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from .paths import ROOT
from .ui import say

PAGE = Path("docs", "roles.md")
MATRICES = "addons/*/tests/role_matrix.py"

INTRODUCTION = """\
# Who may do what

Five roles. `scripts/psa roles` writes this page from the tables in `addons/*/tests/role_matrix.py`, and the security
tests prove every cell with a real user of each role over the web client's own calls. Change the tables, not this page.
"""
# Table -> heading and introduction, in the order of the page.
SECTIONS = {
    "RECORDS": ("Records", "What a role may do with a record: nothing, or what the cell says."),
    "CLIENT_ADMIN": (
        "A client's administrator",
        "A person of a client whom operations let manage API access. Beyond what any person of the client may do:",
    ),
    "FIELDS": ("Fields", "Some fields are closed to roles that may see the record around them."),
    "MOVES": ("Stages", "From a stage, the stages to which a role may move a ticket. What a gate asks comes on top."),
    "ACTIONS": ("Buttons", "What a role may set in motion."),
    "TECHNICAL": ("Odoo's technical settings", "Out of reach of every role: they are for whoever keeps the server."),
}


def run() -> int:
    """Write the page."""
    (ROOT / PAGE).write_text(render(read(ROOT)), encoding="utf-8")
    say(f"{PAGE} is written from {', '.join(str(path.relative_to(ROOT)) for path in _matrices(ROOT))}")
    return 0


def read(root: Path) -> dict[str, dict]:
    """The tables of all addons, each continued from one addon to the next: table -> key -> row."""
    return parse(path.read_text(encoding="utf-8") for path in _matrices(root))


def parse(modules: Iterable[str]) -> dict[str, dict]:
    """The tables in the texts of those modules."""
    tables: dict[str, dict] = {}
    for module in modules:
        for statement in ast.parse(module).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                value = ast.literal_eval(statement.value)
                tables.setdefault(statement.targets[0].id, {}).update(
                    value if isinstance(value, dict) else dict.fromkeys(value)
                )
    return tables


def render(tables: dict[str, dict]) -> str:
    """The page."""
    roles = list(tables.get("ROLES", ()))
    parts = [INTRODUCTION, "\n".join(_meanings(tables, roles))]
    for name, (heading, introduction) in SECTIONS.items():
        if rows := tables.get(name):
            columns = ["client administrator"] if name == "CLIENT_ADMIN" else roles
            table = _moves(rows, roles) if name == "MOVES" else _rows(rows, columns, tables["OPERATIONS"])
            parts.append("\n".join([f"## {heading}", "", introduction, "", *table]))
    return "\n".join(f"{part.strip()}\n" for part in parts)


def _matrices(root: Path) -> list[Path]:
    return sorted(root.glob(MATRICES))


def _meanings(tables: dict, roles: list[str]) -> Iterator[str]:
    yield from ("| role | what it is for | page |", "|---|---|---|")
    for role in roles:
        yield f"| **{role.capitalize()}** | {tables['MEANINGS'][role]} | [{role}](roles/{role}.md) |"


def _head(first: str, roles: list[str]) -> Iterator[str]:
    yield f"| {first} | {' | '.join(role.capitalize() for role in roles)} |"
    yield "|---" * (len(roles) + 1) + "|"


def _rows(rows: dict[str, tuple], roles: list[str], operations: dict) -> Iterator[str]:
    """A line for each row: its words, and a cell for each role."""
    yield from _head("", roles)
    for words, *cells in rows.values():
        spelled = [_spell(cell, operations) for cell in cells[-len(roles) :]]
        yield f"| {words} | {' | '.join(spelled)} |"


def _spell(cell: str, operations: dict) -> str:
    """`rw` is “read, change”; `x` is yes; nothing is a dash."""
    if cell == "x":
        return "yes"
    return ", ".join(operations[letter][1] for letter in cell) or "–"


def _moves(rows: dict[str, dict], roles: list[str]) -> Iterator[str]:
    """A line for each stage: where each role may take a ticket from it."""
    yield from _head("from", roles)
    for stage, targets in rows.items():
        cells = [", ".join(_stage(to) for to, who in targets.items() if role in who) for role in roles]
        yield f"| **{_stage(stage)}** | {' | '.join(cell or '–' for cell in cells)} |"


def _stage(code: str) -> str:
    words = code.replace("_", " ").capitalize()
    return words.replace("Svr", "SVR")
