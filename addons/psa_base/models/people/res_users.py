from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...series import GROUPS, get_implied_groups

ROLES = ("client", "client_admin", "support", "operations", "accounts", "admin")


class ResUsers(models.Model):
    """People and their roles.

    The PSA administrator gives the roles of the suite and no other rights. Odoo's technical rights, and the people who
    have some, are for those who keep Odoo's settings.
    """

    _inherit = "res.users"

    psa_role_ids = fields.Many2many(
        "res.groups",
        string="Roles",
        compute="_compute_psa_role_ids",
        inverse="_inverse_psa_role_ids",
        domain=lambda self: [("id", "in", self._get_psa_roles().ids)],
        groups="psa_base.group_admin",
        help="What the person may do. A role that another one includes is not shown.",
    )

    @api.depends(GROUPS)
    def _compute_psa_role_ids(self):
        roles = self._get_psa_roles()
        for user in self:
            held = user[GROUPS] & roles
            brought = held.browse().union(*(get_implied_groups(role) - role for role in held))
            user.psa_role_ids = held - brought

    def _inverse_psa_role_ids(self):
        known = get_implied_groups(self._get_psa_roles())
        internal = self.env.ref("base.group_user")
        for user in self:
            chosen = user.psa_role_ids
            user[GROUPS] = (user[GROUPS] - known) | (chosen or internal)

    @api.model_create_multi
    def create(self, vals_list):
        is_bounded = self._is_bounded()
        for vals in vals_list:
            if is_bounded or "psa_role_ids" in vals:
                # Odoo's default groups have rights that no role of the suite has.
                vals.setdefault(GROUPS, [Command.set(self.env.ref("base.group_user").ids)])
            if is_bounded:
                self._check_may_give(vals)
        # No invitation is sent here, because Odoo fails without a mail server. The administrator has a button for it.
        creator = self.with_context(no_reset_password=True) if is_bounded else self
        with self.env["psa.duty.conflict"]._refuse_new():
            users = super(ResUsers, creator).create(vals_list).with_env(self.env)
        if is_bounded:
            users._check_within_roles()
        users._log_roles(dict.fromkeys(users.ids, ""))
        return users

    def write(self, vals):
        is_bounded = self._is_bounded() and not self._is_own_preference(vals)
        if is_bounded:
            self._check_within_roles()
            self._check_may_give(vals)
        if not self._is_about_groups(vals):
            return super().write(vals)
        before = self._get_role_names()
        with self.env["psa.duty.conflict"]._refuse_new():
            result = super().write(vals)
        if is_bounded:
            self._check_within_roles()
        self._log_roles(before)
        return result

    def _action_reset_password(self, *args, **kwargs):
        # sudo: whether the user is that of an API key counts, also for people who may not read keys.
        if self.env["psa.api.key"].sudo().with_context(active_test=False).search_count([("user_id", "in", self.ids)]):
            raise UserError(self.env._("A program comes in by its API key: it has no password."))
        if not self._is_bounded() or not self.env.user.has_group("psa_base.group_admin"):
            return super()._action_reset_password(*args, **kwargs)
        self._check_within_roles()
        # sudo: only Odoo's administrators may write the fields of the link, which is mailed and not shown here.
        return super(ResUsers, self.sudo())._action_reset_password(*args, **kwargs)

    @api.model
    def _get_psa_roles(self):
        return self.env["res.groups"].browse(self.env.ref(f"psa_base.group_{role}").id for role in ROLES)

    @api.model
    def _get_known_groups(self):
        """All groups that roles include, and the one by which Odoo keeps that a person is notified in the inbox."""
        inbox = self.env.ref("mail.group_mail_notification_type_inbox")
        return get_implied_groups(self._get_psa_roles() | self.env.ref("base.group_user")) | inbox

    def _is_bounded(self):
        """Whether the current user is held to the suite's roles, as everybody is but Odoo's own administrators."""
        return not self.env.su and not self.env.user._is_admin()

    def _is_own_preference(self, vals):
        return self == self.env.user and set(self.SELF_WRITEABLE_FIELDS).issuperset(vals)

    @api.model
    def _is_about_groups(self, vals):
        """Whether the values change groups. 18.0 has made-up fields for that on its form, 19.0 has `role`."""
        return any(name in (GROUPS, "role") or name.startswith(("in_group_", "sel_groups_")) for name in vals)

    def _check_within_roles(self):
        """Refuse people who have more rights than the suite's roles give."""
        # sudo: the user may not read the groups of other people, and does not see them here.
        people = self.sudo()
        known = people._get_known_groups()
        for user in people:
            if beyond := get_implied_groups(user[GROUPS]) - known:
                raise AccessError(
                    self.env._(
                        "%(person)s has or would have the right “%(right)s”, which no role of the service desk gives. "
                        "Ask whoever keeps Odoo's technical settings.",
                        person=user.name,
                        right=beyond[0].display_name,
                    )
                )

    @api.model
    def _check_may_give(self, vals):
        """Refuse a right before it is written: even if it is rolled back, a shared cache may have it for a while."""
        if vals.get("password"):
            raise AccessError(
                self.env._("Nobody sets a password for somebody else. Send the person the link to choose one.")
            )
        given = self.new({GROUPS: vals.get(GROUPS) or []})[GROUPS]._origin
        known = self._get_known_groups()
        if self._is_about_groups(vals.keys() - {GROUPS}) or get_implied_groups(given) - known:
            raise AccessError(
                self.env._("A PSA administrator gives roles of the service desk only. Choose from the field Roles.")
            )

    def _get_role_names(self):
        # sudo: the audit entry has the roles before and after, which the user need not be allowed to read.
        people = self.sudo()
        roles = people._get_psa_roles() - people.env.ref("psa_base.group_client")
        return {user.id: ", ".join((user[GROUPS] & roles).sorted("id").mapped("name")) for user in people}

    def _log_roles(self, before):
        """Log changes of the roles of staff in the audit, with who made them."""
        after = self._get_role_names()
        changed = self.filtered(lambda user: before[user.id] != after[user.id])
        if changed:
            # sudo: nobody has the right to write audit entries.
            entries = self.env["psa.audit.entry"].sudo()
            entries.with_user(self.env.user)._log(
                changed,
                "duties",
                self.env._("Roles were changed."),
                before=lambda user: before[user.id],
                after=lambda user: after[user.id],
            )
