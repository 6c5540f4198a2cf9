"""The differences between Odoo 18.0 and 19.0. No other file asks which of the two runs.

When a name differs between the series, it gets one name here, and the rest of the suite uses that. When 18.0 is
dropped, only this file changes.
"""

from datetime import date

from odoo import models, release

V19 = release.version_info[0] >= 19

# Field names. `GROUPS` is on res.users, ir.actions.* and ir.ui.view; `GROUP_USERS` on res.groups.
GROUPS = "group_ids" if V19 else "groups_id"
GROUP_USERS = "user_ids" if V19 else "users"
# All users of a group, including those who have it through another group.
ALL_GROUP_USERS = "all_user_ids" if V19 else "users"

if V19:
    from odoo.fields import Domain

    AND, OR = Domain.AND, Domain.OR
    Constraint = models.Constraint
else:
    from odoo.osv.expression import AND, OR  # noqa: F401

    class Constraint:
        """A table constraint declared as a class attribute, as 19.0 does it.

        18.0 reads `_sql_constraints` only, so the attribute adds itself there. The name in
        PostgreSQL is the same on both series: `<table>_<attribute without the underscore>`.
        """

        def __init__(self, definition, message=""):
            self.definition = definition
            self.message = message

        def __set_name__(self, owner, name):
            constraints = owner.__dict__.get("_sql_constraints")
            if constraints is None:
                constraints = owner._sql_constraints = []
            constraints.append((name.lstrip("_"), self.definition, self.message))


def get_implied_groups(groups):
    """The groups and all groups that they imply, directly or through others."""
    return groups.all_implied_ids if V19 else groups | groups.trans_implied_ids


def may_read_field(records, name):
    """Whether the current user may read the field, by its `groups`."""
    field = records._fields[name]
    return records._has_field_access(field, "read") if V19 else field.is_accessible(records.env)


def set_group_category(groups, category):
    """Show `groups` (res.groups) under `category` (ir.module.category) on the user form.

    In 18.0 a group has the category itself; 19.0 has a privilege between the two.
    """
    if "privilege_id" in groups._fields:
        privileges = groups.env["res.groups.privilege"]
        privilege = privileges.search([("category_id", "=", category.id)], limit=1)
        privilege = privilege or privileges.create({"name": category.name, "category_id": category.id})
        groups.write({"privilege_id": privilege.id})
    else:
        groups.write({"category_id": category.id})


def cron_progress(env, processed, remaining):
    """Commit what a cron has done so far, and tell Odoo how much is left. Outside of a cron this does nothing."""
    progress_id = env.context.get("ir_cron_progress_id")
    if not progress_id:
        return
    if V19:
        env["ir.cron"]._commit_progress(processed, remaining=remaining)
    else:
        # sudo: 18.0 takes the sum so far, which is in a table that only the scheduler may read.
        done = env["ir.cron.progress"].sudo().browse(progress_id).done + processed
        env["ir.cron"]._notify_progress(done=done, remaining=remaining)
        env.cr.commit()


def attendance_validity(attendance):
    """(first date, last date, whether they are for everybody) of a calendar's working hours.

    18.0 can limit working hours to a period and to one resource; 19.0 can do neither.
    """
    if "resource_id" not in attendance._fields:
        return date.min, date.max, True
    return attendance.date_from or date.min, attendance.date_to or date.max, not attendance.resource_id
