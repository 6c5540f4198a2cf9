from odoo import SUPERUSER_ID, api, models

ROUTED_ROLES = ("support", "operations", "accounts", "integration")


class TechsourceTicketRoutingMixin(models.AbstractModel):
    """Finds the team of a ticket that nobody routed, so that it has a lifecycle.

    That is for clients and for people with a role here. OdooBot, people who have OCA's groups alone and teams without a
    lifecycle go on as OCA has it.
    """

    _name = "techsource.ticket.routing.mixin"
    _description = "Routing of new tickets"

    @api.model
    def default_get(self, fields):
        """Route a ticket that nobody routed: without a team it would have no lifecycle."""
        defaults = super().default_get(fields)
        if not {"team_id", "user_id"} <= set(fields) or not self._is_user_routed():
            return defaults
        assigned = defaults if self._is_user_chosen() else {**defaults, "user_id": False}
        if not assigned.get("team_id") and not assigned.get("user_id"):
            return {**assigned, "team_id": self._get_default_team().id}
        return assigned if self._get_record("team_id", assigned).lifecycle_id else defaults

    @api.model_create_multi
    def create(self, vals_list):
        """Who writes a ticket down is not who works on it: an engineer is assigned by dispatch, or takes it."""
        if not self._is_user_chosen():
            vals_list = [
                {"user_id": False, **vals} if self._get_record("team_id", vals).lifecycle_id else vals
                for vals in vals_list
            ]
        tickets = super().create(vals_list)
        tickets._route_strays()
        return tickets

    @api.model
    def message_new(self, msg, custom_values=None):
        """Route a mail that came by no team's address: OdooBot makes a ticket of it."""
        values = dict(custom_values or {})
        if not values.get("team_id") and not values.get("user_id"):
            values["team_id"] = self._get_default_team().id
        return super().message_new(msg, custom_values=values)

    def _route_strays(self):
        """However a ticket came to have no team, also on purpose: it comes to the desk, under its lifecycle."""
        # sudo: where a ticket goes is the provider's choice, also if the writer may not read teams.
        stray = self.sudo().filtered(lambda ticket: not ticket.team_id)
        if stray and self._is_user_routed() and (desk := self._get_default_team()):
            stray.team_id = desk

    @api.model
    def _is_user_routed(self):
        """Whether the user is of those whose tickets come to the service desk by themselves."""
        user = self.env.user
        if self.env.uid == SUPERUSER_ID:
            return False
        return user.share or any(user.has_group(f"psa_base.group_{role}") for role in ROUTED_ROLES)

    @api.model
    def _is_user_chosen(self):
        """Whether somebody asked for the user that new tickets get, and not only OCA's automatic assignment."""
        remembered = self.env["ir.default"]._get_model_defaults(self._name)
        return "default_user_id" in self.env.context or "user_id" in remembered

    @api.model
    def _get_default_team(self):
        """The user's own team if it has a lifecycle, else the service desk."""
        # sudo: where a ticket goes is the provider's choice, also if the writer may not read teams.
        env = self.sudo().env
        own = env.user.helpdesk_team_ids
        desk = env.ref("psa_techsource.team_service_desk", raise_if_not_found=False) or own.browse()
        return (own | desk).filtered(
            lambda team: team.active and team.lifecycle_id and team.company_id.id in (False, env.company.id)
        )[:1]
