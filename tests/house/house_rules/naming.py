"""Names and where things live: one stem from model to file to access line, XML ids that say what they are."""

import ast
import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from .tree import Finding, PythonFile, Tree, dotted

MODEL_BASES = {"models.Model", "models.TransientModel", "models.AbstractModel"}
VIEW_TYPES = "form|list|search|kanban|calendar|pivot|graph|activity"


@dataclass(frozen=True)
class ModelClass:
    """A class that defines or extends a model."""

    file: PythonFile
    node: ast.ClassDef
    name: str | None
    inherits: tuple[str, ...]

    @property
    def is_new(self) -> bool:
        return self.name is not None and self.name not in self.inherits

    @property
    def is_abstract(self) -> bool:
        return any(dotted(base) == "models.AbstractModel" for base in self.node.bases)

    @property
    def model(self) -> str | None:
        return self.name or (self.inherits[0] if self.inherits else None)


def defined_models(tree: Tree) -> Iterator[ModelClass]:
    for file in tree.shipped_python:
        for node in file.nodes:
            if isinstance(node, ast.ClassDef) and any(dotted(base) in MODEL_BASES for base in node.bases):
                values = {
                    target.id: statement.value
                    for statement in node.body
                    if isinstance(statement, ast.Assign)
                    for target in statement.targets
                    if isinstance(target, ast.Name)
                }
                names = _literals(values.get("_name"))
                yield ModelClass(file, node, names[0] if names else None, _literals(values.get("_inherit")))


def _literals(node: ast.AST | None) -> tuple[str, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(item.value for item in node.elts if isinstance(item, ast.Constant))
    return ()


def a_model_a_file_of_its_stem(tree: Tree) -> Iterator[Finding]:
    """psa.hub.inbox is in psa_hub_inbox.py, and more of it in psa_hub_inbox_<idea>.py, each time in one class.

    Models whose names begin with that of another one, such as its lines, may stand in the other one's file.
    """
    files = defaultdict(list)
    for model in defined_models(tree):
        if model.model is None:
            yield model.file.finding(model.node, "the model's name must be a literal string")
        else:
            files[model.file.path].append(model)
    for models in files.values():
        owners = {model.model for model in models if _is_named_after(model)}
        seen = set()
        for model in models:
            is_part = any(model.model.startswith(f"{owner}.") for owner in owners)
            if not is_part and not _is_named_after(model):
                yield model.file.finding(model.node, f"{model.model} belongs in {_file_names(model)}")
            elif model.model in seen:
                yield model.file.finding(model.node, f"{model.model} has a class here already; make them one")
            elif not is_part and owners != {model.model}:
                yield model.file.finding(model.node, f"{model.model} is the second model here; a model a file")
            seen.add(model.model)


def _is_named_after(model: ModelClass) -> bool:
    """Whether the file has the model's name; one that extends a model may say after it with what."""
    stem = _own_stem(model)
    return model.file.path.stem == stem or (not model.is_new and model.file.path.stem.startswith(f"{stem}_"))


def _own_stem(model: ModelClass) -> str:
    # A report's model is named by Odoo after its template: report.<addon>.<template>.
    return model.model.removeprefix(f"report.{model.file.addon}.").replace(".", "_")


def _file_names(model: ModelClass) -> str:
    stem = _own_stem(model)
    return f"{stem}.py" if model.is_new else f"{stem}.py or {stem}_<idea>.py"


def models_bear_their_floor(tree: Tree) -> Iterator[Finding]:
    """A new model of psa_base is psa.*, one of psa_techsource is techsource.*; every demo company has psa.demo."""
    for model in defined_models(tree):
        addon = model.file.addon
        prefix = ("psa" if addon == "psa_base" or addon.endswith("_demo") else addon.removeprefix("psa_")) + "."
        if model.is_new and not model.name.startswith((prefix, f"report.{model.file.addon}.")):
            yield model.file.finding(model.node, f"{model.name} is {model.file.addon}'s, so it starts with {prefix}")


def models_have_access_lines(tree: Tree) -> Iterator[Finding]:
    """Each stored or transient model has lines access_<model>_* in its addon; each line bears its model's name."""
    lines = {addon.name: list(_access_lines(tree, addon)) for addon in tree.addons}
    for model in defined_models(tree):
        if not model.is_new or model.is_abstract:
            continue
        stem = model.name.replace(".", "_")
        wanted = re.compile(rf"access_{stem}_\w+")
        if not any(ident and wanted.fullmatch(ident) and of == stem for ident, of in lines.get(model.file.addon, ())):
            yield model.file.finding(model.node, f"no access_{stem}_* line in security/ir.model.access.csv")
    for addon, rows in lines.items():
        for ident, stem in rows:
            if not ident.startswith(f"access_{stem}_"):
                path = Path("addons", addon, "security", "ir.model.access.csv")
                yield Finding(path, 1, f"{ident} is for {stem}, so it is named access_{stem}_<role>")


def _access_lines(tree: Tree, addon: Path) -> Iterator[tuple[str, str]]:
    """The id and the model's stem of each access line."""
    path = addon / "security" / "ir.model.access.csv"
    if (tree.root / path).is_file():
        for row in csv.DictReader(io.StringIO(tree.text(path))):
            reference = row.get("model_id:id") or row.get("model_id/id") or ""
            yield row.get("id") or "", reference.rpartition(".")[2].removeprefix("model_")


def xml_ids_say_what_they_are(tree: Tree) -> Iterator[Finding]:
    """<model>_view_<type>, <model>_action, <model>_menu, <model>_rule_<role>."""
    for path, root in tree.xml.items():
        for element in root.iter():
            ident = element.get("id", "")
            pattern = _id_pattern(element) if "." not in ident else None
            if pattern and not re.fullmatch(pattern, ident):
                yield Finding(path, 1, f'the id "{ident}" should read like {_readable(pattern)}')


def _id_pattern(element: ElementTree.Element) -> str | None:
    if element.tag == "menuitem":
        action = element.get("action", "").rpartition(".")[2]
        own = action.partition("_action")[0] if "_action" in action else None
        return rf"{re.escape(own)}_menu(_\w+)?" if own else r"\w+_menu(_\w+)?"
    if element.tag != "record":
        return None
    fields = {field.get("name"): field for field in element.iter("field")}
    kind = element.get("model")
    if kind == "ir.ui.view" and "model" in fields:
        return rf"{_stem(fields['model'].text)}_view_({VIEW_TYPES})(_\w+)?"
    if kind == "ir.actions.act_window" and "res_model" in fields:
        return rf"{_stem(fields['res_model'].text)}_action(_\w+)?"
    if kind in {"ir.rule", "ir.actions.server"} and "model_id" in fields and fields["model_id"].get("ref"):
        stem = fields["model_id"].get("ref").rpartition(".")[2].removeprefix("model_")
        return rf"{stem}_rule_\w+" if kind == "ir.rule" else rf"{stem}_action(_\w+)?"
    return None


def _stem(model: str | None) -> str:
    return (model or "").strip().replace(".", "_")


def _readable(pattern: str) -> str:
    """The pattern as a person would write it: `psa_asset_view_<type>`."""
    short = pattern.replace(f"({VIEW_TYPES})", "<type>").replace(r"(_\w+)?", "").replace(r"_rule_\w+", "_rule_<role>")
    return short.replace(r"\w+", "<model>")


def configuration_is_never_overwritten(tree: Tree) -> Iterator[Finding]:
    """L4 is the client's: everything in l4/ is noupdate, so that an upgrade leaves it alone."""
    for path, root in tree.xml.items():
        if "l4" in path.parts:
            yield from _updatable(path, root, False)


def _updatable(path: Path, element: ElementTree.Element, is_kept: bool) -> Iterator[Finding]:
    if element.tag in {"odoo", "data"}:
        is_kept = element.get("noupdate", "1" if is_kept else "0") in {"1", "True", "true"}
        for child in element:
            yield from _updatable(path, child, is_kept)
    elif not is_kept and isinstance(element.tag, str):
        yield Finding(path, 1, f'"{element.get("id", element.tag)}" is L4 but not inside noupdate="1"')


RULES = [
    a_model_a_file_of_its_stem,
    models_bear_their_floor,
    models_have_access_lines,
    xml_ids_say_what_they_are,
    configuration_is_never_overwritten,
]
