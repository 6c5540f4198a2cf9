"""How code is written here: reasons for sudo, safe SQL, timeouts, no swallowed errors, one state door."""

import ast
import re
from collections.abc import Iterator

from .tree import Finding, PythonFile, Tree, dotted

HTTP_VERBS = {"delete", "get", "head", "options", "patch", "post", "put", "request"}
REASON_WORDS = 3
ELSEWHERE = re.compile(r"\b(?:as|see) (?:\w+ )?(?:above|below)\b", re.IGNORECASE)
STATE_DOORS = {"_update_state", "_take_state"}


def sudo_gives_its_reason(tree: Tree) -> Iterator[Finding]:
    """Whoever steps around access rights says why, in a comment on the line above, about this very line."""
    for file in tree.shipped_python:
        for node in file.nodes:
            if isinstance(node, ast.Call) and _is_elevation(node):
                reasons = _find_reasons(file, node)
                if not any(len(reason.split()) >= REASON_WORDS for reason in reasons):
                    yield file.finding(node, "sudo() without a reason; say why in a comment on the line above")
                elif any(ELSEWHERE.search(reason) for reason in reasons):
                    yield file.finding(node, "sudo() whose reason is somewhere else; say here why this line needs it")


def _is_elevation(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr == "sudo":
        return not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value is False)
    return node.func.attr == "with_user" and any(dotted(arg).endswith("SUPERUSER_ID") for arg in node.args)


def _find_reasons(file: PythonFile, node: ast.Call) -> list[str]:
    """The comments above the call and above the statement that it is in."""
    statement = node
    while not isinstance(statement, ast.stmt):
        statement = file.parents[statement]
    return [_read_comment(file, line) for line in sorted({node.func.end_lineno, statement.lineno})]


def _read_comment(file: PythonFile, line: int) -> str:
    """The text of the block of comment lines that ends right above `line`."""
    found: list[str] = []
    above = line - 2
    while above >= 0 and (text := file.lines[above].strip()).startswith("#"):
        found.insert(0, text.lstrip("# "))
        above -= 1
    return " ".join(found)


def sql_is_constant(tree: Tree) -> Iterator[Finding]:
    """SQL is a literal with parameters, or odoo.tools.SQL over one; never text put together."""
    for file in tree.shipped_python:
        for node in file.nodes:
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = dotted(node.func)
            is_query = name.endswith("cr.execute") or name.rpartition(".")[2] == "SQL"
            if is_query and _is_assembled(file, node, node.args[0]):
                yield file.finding(node, "SQL put together from text; use parameters or odoo.tools.SQL")


def _is_assembled(file: PythonFile, call: ast.Call, query: ast.AST) -> bool:
    if isinstance(query, ast.Name):
        scope = call
        while not isinstance(scope, ast.FunctionDef | ast.Module):
            scope = file.parents[scope]
        return any(_is_assembled(file, call, value) for value in _values_given(scope, query.id))
    if isinstance(query, ast.Call):
        return isinstance(query.func, ast.Attribute) and query.func.attr in {"format", "join", "replace"}
    return isinstance(query, ast.JoinedStr | ast.BinOp)


def _values_given(scope: ast.AST, name: str) -> Iterator[ast.AST]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            if not (isinstance(node.value, ast.Name) and node.value.id == name):
                yield node.value
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            yield ast.BinOp(node.target, node.op, node.value)


def http_calls_have_a_timeout(tree: Tree) -> Iterator[Finding]:
    """A vendor that hangs must not hang a worker."""
    for file in tree.shipped_python:
        for node in file.nodes:
            is_open_ended = isinstance(node, ast.Call) and not any(key.arg == "timeout" for key in node.keywords)
            if is_open_ended and _is_http_call(dotted(node.func)):
                yield file.finding(node, f"{dotted(node.func)} without timeout=")


def _is_http_call(name: str) -> bool:
    owner, _, verb = name.rpartition(".")
    if verb == "urlopen":
        return True
    is_client = owner == "requests" or owner.startswith("requests.")
    is_session = owner.rpartition(".")[2].endswith("session") and "request.session" not in owner
    return verb in HTTP_VERBS and (is_client or is_session)


def errors_are_not_swallowed(tree: Tree) -> Iterator[Finding]:
    """Catch what is expected, by its name; whatever else happens must be seen."""
    for file in tree.shipped_python:
        for node in file.nodes:
            if not isinstance(node, ast.ExceptHandler):
                continue
            if node.type is None:
                yield file.finding(node, "bare except; name the error that is expected here")
            elif dotted(node.type) in {"Exception", "BaseException"} and _does_nothing(node.body):
                yield file.finding(node, f"except {dotted(node.type)} that does nothing; name the error or handle it")


def _does_nothing(body: list[ast.stmt]) -> bool:
    return all(
        isinstance(statement, ast.Pass | ast.Continue)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in body
    )


def state_changes_through_one_door(tree: Tree) -> Iterator[Finding]:
    """A stateful record moves by `_update_state` or `_take_state` only, which know the allowed moves."""
    for file in tree.shipped_python:
        for node in file.nodes:
            if _writes_state(node) and not _may_write_state(file.enclosing_function(node)):
                yield file.finding(node, "writes `state` directly; go through _update_state or _take_state")


def _writes_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"write", "update"}:
        return any(_has_state_key(arg) for arg in node.args)
    if isinstance(node, ast.Assign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets)
    return False


def _has_state_key(node: ast.AST) -> bool:
    if isinstance(node, ast.Dict):
        return any(isinstance(key, ast.Constant) and key.value == "state" for key in node.keys)
    return (
        isinstance(node, ast.Call) and dotted(node.func) == "dict" and any(key.arg == "state" for key in node.keywords)
    )


def _may_write_state(function: str | None) -> bool:
    """A computed state is no move: the engine or the compute method is the door."""
    return function is not None and (function in STATE_DOORS or function.startswith("_compute_"))


RULES = [
    sudo_gives_its_reason,
    sql_is_constant,
    http_calls_have_a_timeout,
    errors_are_not_swallowed,
    state_changes_through_one_door,
]
