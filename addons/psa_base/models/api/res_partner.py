from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError

from ...series import ALL_GROUP_USERS, GROUPS


class ResPartner(models.Model):
    """A client's people who manage the API keys and webhooks of its own programs, in the portal."""

    _inherit = "res.partner"

    manages_api_access = fields.Boolean(
        string="Manages API access",
        compute="_compute_manages_api_access",
        compute_sudo=True,
        groups="psa_base.group_operations",
        help="Manages API keys and webhooks of their own company, in the portal. Webhooks send tickets, reports and "
        "invoices to systems of that company.",
    )
    may_manage_api_access = fields.Boolean(
        string="May be given API access",
        compute="_compute_manages_api_access",
        compute_sudo=True,
        groups="psa_base.group_operations",
    )

    def _compute_manages_api_access(self):
        administrators = self._get_client_administrators()
        people = self._get_client_people()
        for partner in self:
            partner.manages_api_access = partner in administrators.partner_id
            partner.may_manage_api_access = partner in people.partner_id

    def write(self, vals):
        result = super().write(vals)
        # Keys end with their client (`active`, `parent_id`); the desk's country says how phone numbers are read.
        if not {"active", "country_id", "parent_id"}.isdisjoint(vals):
            self.env["psa.api.key"]._forget_accesses_of(self)
        return result

    def action_grant_api_access(self):
        """Let a person of a client manage the client's API keys and webhooks."""
        self._check_may_delegate()
        people = self._get_client_people()
        if not people:
            raise UserError(
                self.env._("%s has no login to the portal as a client. Give access first.", self.display_name)
            )
        people.write({GROUPS: [Command.link(self.env.ref("psa_base.group_client_admin").id)]})

    def action_withdraw_api_access(self):
        self._check_may_delegate()
        administrators = self._get_client_administrators() & self._get_client_people()
        administrators.write({GROUPS: [Command.unlink(self.env.ref("psa_base.group_client_admin").id)]})

    def _check_may_delegate(self):
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may say who manages API access."))

    def _get_client_administrators(self):
        """The users who manage the API keys and webhooks of these clients."""
        # sudo: who has which group is for administrators to see; callers tell these users, or count them.
        administrators = self.env.ref("psa_base.group_client_admin").sudo()[ALL_GROUP_USERS]
        return administrators.filtered(
            lambda user: user.active and user.commercial_partner_id in self.commercial_partner_id
        )

    def _get_client_people(self):
        """The portal users of these contacts, without the users that API keys act as."""
        # sudo: operations may grant API access and need not be allowed to read or write users.
        users = self.sudo().user_ids.filtered(lambda user: user.has_group("psa_base.group_client"))
        programs = users.env["psa.api.key"].with_context(active_test=False).search([("user_id", "in", users.ids)])
        return users - programs.user_id
