"""What labels of fields look like."""

# Fields that every model has, with labels that are Odoo's.
OWN_TO_ODOO = frozenset({"id", "display_name", "create_uid", "create_date", "write_uid", "write_date"})
# Words that keep their capitals inside a label.
PROPER_WORDS = frozenset({"ABN", "API", "GST", "ID", "IDs", "IP", "OS", "PDF", "SLA", "SVR", "URL"})


def list_title_case_labels(env, module):
    """The fields of `module` whose label is not in sentence case, as Odoo makes it of a field's name."""
    return [
        f"{model._name}.{field.name}: {field.string}"
        for model in env.registry.values()
        for field in model._fields.values()
        if field._module == module
        and field.name not in OWN_TO_ODOO
        and any(word[0].isupper() and word.strip("().,") not in PROPER_WORDS for word in field.string.split()[1:])
    ]
