"""Actions that open a window on some of the records of a menu's own action."""


def open_list(env, xml_id, domain, context=None, **values):
    """The action `xml_id` on the records of `domain`, without the filters and defaults that its menu begins with.

    `context` has those that this way in begins with instead; `values` are of the action itself, its name for example.
    """
    return {**env["ir.actions.act_window"]._for_xml_id(xml_id), "domain": domain, "context": context or {}, **values}


def open_records(env, xml_id, records, domain=None):
    """The same on given records, which `domain` may describe in another way than by ID; the form when it is one."""
    form = {"views": [(False, "form")], "res_id": records.id} if len(records) == 1 else {}
    return open_list(env, xml_id, domain or [("id", "in", records.ids)], **form)
