"""Who may do what is a table with a row for every model, and docs/roles.md is that table."""

from collections.abc import Iterator

from psa_cli import roles

from .naming import defined_models
from .tree import Finding, Tree


def every_model_is_in_the_role_matrix(tree: Tree) -> Iterator[Finding]:
    """Each stored or transient model has a row, so that somebody thought about who may do what with it."""
    known = {key.split()[0] for key in roles.read(tree.root).get("RECORDS", ())}
    for model in defined_models(tree):
        if model.is_new and not model.is_abstract and model.name not in known:
            yield model.file.finding(model.node, f"{model.name} has no row in tests/role_matrix.py of its addon")


def role_matrix_is_in_the_docs(tree: Tree) -> Iterator[Finding]:
    """The page for people says what the tests prove."""
    tables, page = roles.read(tree.root), tree.root / roles.PAGE
    if tables and (not page.is_file() or page.read_text(encoding="utf-8") != roles.render(tables)):
        yield Finding(roles.PAGE, 1, "is not what the role matrix says; type scripts/psa roles")


RULES = [every_model_is_in_the_role_matrix, role_matrix_is_in_the_docs]
