from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...series import GROUPS, get_implied_groups

ROLES = ("client", "client_admin", "support", "operations", "accounts", "admin")


class ResUsers(models.Model):
    """People and their roles.

    The PSA administrator gives the suite's roles and nothing beyond them: Odoo's technical rights, and
    the people who hold some, stay with whoever keeps Odoo's settings.
    """

    _inherit = "res.users"

    psa_role_ids = fields.Many2many(
        "res.groups",
        string="Roles",
        compute="_compute_psa_role_ids",
        inverse="_inverse_psa_role_ids",
        domain=lambda self: [("id", "in", self._get_psa_roles().ids)],
        groups="psa_base.group_admin",
        help="What the person may do. A role that another one brings along is not shown twice.",
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
                # Odoo's defaults bring rights that are none of the suite's.
                vals.setdefault(GROUPS, [Command.set(self.env.ref("base.group_user").ids)])
            if is_bounded:
                self._check_may_give(vals)
        # The administrator sends the invitation by the button: without a mail server Odoo would fail here.
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
        # sudo: whoever asks for a link, whose user it is decides.
        if self.env["psa.api.key"].sudo().with_context(active_test=False).search_count([("user_id", "in", self.ids)]):
            raise UserError(self.env._("A program comes in by its API key: it has no password."))
        if not self._is_bounded() or not self.env.user.has_group("psa_base.group_admin"):
            return super()._action_reset_password(*args, **kwargs)
        self._check_within_roles()
        # sudo: the link is made of fields that only Odoo's administrators write; the one who sends it sees none.
        return super(ResUsers, self.sudo())._action_reset_password(*args, **kwargs)

    @api.model
    def _get_psa_roles(self):
        return self.env["res.groups"].browse(self.env.ref(f"psa_base.group_{role}").id for role in ROLES)

    @api.model
    def _get_known_groups(self):
        """All that roles bring, and how a person likes to be notified, which Odoo keeps as a group."""
        inbox = self.env.ref("mail.group_mail_notification_type_inbox")
        return get_implied_groups(self._get_psa_roles() | self.env.ref("base.group_user")) | inbox

    def _is_bounded(self):
        """Tell whether the current user manages people without being Odoo's own administrator."""
        return not self.env.su and not self.env.user._is_admin()

    def _is_own_preference(self, vals):
        return self == self.env.user and set(self.SELF_WRITEABLE_FIELDS).issuperset(vals)

    @api.model
    def _is_about_groups(self, vals):
        """18.0 also writes groups by fields that it makes up for its form; 19.0 by `role`."""
        return any(name in (GROUPS, "role") or name.startswith(("in_group_", "sel_groups_")) for name in vals)

    def _check_within_roles(self):
        """Refuse people who hold more than the suite's roles give."""
        # sudo: groups of other people are asked for the verdict, not shown.
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
        """Refuse a right before anybody holds it: even one that is rolled back may linger in a shared cache."""
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
        # sudo: who has which role is kept in the audit entry, whoever changes it.
        people = self.sudo()
        roles = people._get_psa_roles() - people.env.ref("psa_base.group_client")
        return {user.id: ", ".join((user[GROUPS] & roles).sorted("id").mapped("name")) for user in people}

    def _log_roles(self, before):
        """Keep who gave or took roles of staff."""
        after = self._get_role_names()
        changed = self.filtered(lambda user: before[user.id] != after[user.id])
        if changed:
            # sudo: entries are written by the system only.
            entries = self.env["psa.audit.entry"].sudo()
            entries.with_user(self.env.user)._log(
                changed,
                "duties",
                self.env._("Roles were changed."),
                before=lambda user: before[user.id],
                after=lambda user: after[user.id],
            )
