"""What a button answers to the screen: the actions that open a window or show a notification, as dicts."""

# What the screen can do after a notification: close the dialog that it came from, or read the page anew.
CLOSE = {"type": "ir.actions.act_window_close"}
RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}


def open_action(env, xml_id, **values):
    """The window action `xml_id`, with `values` in the place of its own."""
    return {**env["ir.actions.act_window"]._for_xml_id(xml_id), **values}


def open_list(env, xml_id, domain, context=None, **values):
    """The action `xml_id` on the records of `domain`, without the filters and defaults that its menu begins with.

    `context` has those that this way in begins with instead; `values` are of the action itself, its name for example.
    """
    return open_action(env, xml_id, domain=domain, context=context or {}, **values)


def open_records(env, xml_id, records, domain=None):
    """The action `xml_id` on `records`: the form when it is one record, else the list.

    `domain` describes the records in another way than by ID.
    """
    form = {"views": [(False, "form")], "res_id": records.id} if len(records) == 1 else {}
    return open_list(env, xml_id, domain or [("id", "in", records.ids)], **form)


def open_form(record, **values):
    """The form of `record`, or that of a new record of its model where it is empty."""
    known = {"res_id": record.id} if record else {}
    return {
        "type": "ir.actions.act_window",
        "res_model": record._name,
        "views": [(False, "form")],
        **known,
        **values,
    }


def open_dialog(record, name, **values):
    """The same form as a dialog with the title `name`."""
    return open_form(record, name=name, target="new", **values)


def show_notification(kind, message, **params):
    """A notification of a kind: info, success, warning or danger. `next` among `params` is the action after it."""
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"type": kind, "message": message, **params},
    }
