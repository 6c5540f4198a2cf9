"""The tree as the rules see it: which files there are, and their syntax, parsed once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

TEXT_TYPES = {".py", ".xml", ".csv", ".js", ".md", ".json", ".yaml", ".yml", ".scss", ".css", ".html", ".po", ".pot"}


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule, with a sentence on what to do about it."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class PythonFile:
    """A Python file of an addon."""

    root: Path
    path: Path

    @cached_property
    def source(self) -> str:
        return (self.root / self.path).read_text(encoding="utf-8")

    @cached_property
    def lines(self) -> list[str]:
        return self.source.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, filename=str(self.path))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @property
    def addon(self) -> str:
        return self.path.parts[1]

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders inside the addon, such as ("api", "routers")."""
        return self.path.parts[2:-1]

    @property
    def is_test(self) -> bool:
        return "tests" in self.folders

    def finding(self, node: ast.AST, message: str) -> Finding:
        return Finding(self.path, getattr(node, "lineno", 1), message)

    def enclosing_function(self, node: ast.AST) -> str | None:
        """The name of the innermost function around a node."""
        while node := self.parents.get(node):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                return node.name
        return None


class Tree:
    """A checkout: the repository itself, or a sample laid out like it."""

    def __init__(self, root: Path):
        self.root = root

    @cached_property
    def addons(self) -> list[Path]:
        """The addons' folders, relative to the root."""
        return sorted(path.parent.relative_to(self.root) for path in self.root.glob("addons/*/__manifest__.py"))

    def files(self, under: Path | str, suffixes: set[str]) -> Iterator[Path]:
        for path in sorted((self.root / under).rglob("*")):
            if path.suffix in suffixes and path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(self.root)

    def text(self, path: Path | str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    @cached_property
    def python(self) -> list[PythonFile]:
        """All Python files of the addons, tests too."""
        return [PythonFile(self.root, path) for path in self.files("addons", {".py"})]

    @cached_property
    def shipped_python(self) -> list[PythonFile]:
        """What runs at a client's: everything but tests."""
        return [file for file in self.python if not file.is_test]

    @cached_property
    def manifests(self) -> dict[Path, dict]:
        return {addon: ast.literal_eval(self.text(addon / "__manifest__.py")) for addon in self.addons}

    @cached_property
    def xml(self) -> dict[Path, ElementTree.Element]:
        """The addons' data files, parsed; static templates are the browser's and left out."""
        return {
            path: ElementTree.fromstring(self.text(path))
            for path in self.files("addons", {".xml"})
            if "static" not in path.parts
        }


def dotted(node: ast.AST) -> str:
    """`self.env.cr` as written; calls and subscripts inside the chain are left out, anything else ends it."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    return ""


def imported_modules(node: ast.AST) -> list[str]:
    """The modules an import statement names, relative ones with their dots: `from ..adapters import generic`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        start = "." * node.level + (node.module or "")
        return [start, *(f"{start}.{alias.name}" for alias in node.names)]
    return []
