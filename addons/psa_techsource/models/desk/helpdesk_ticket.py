from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

ROUTED_ROLES = ("support", "operations", "accounts", "integration")


class HelpdeskTicket(models.Model):
    """Tickets of the service desk: one that nobody routed gets a team, and work in progress keeps its engineer.

    A ticket without a team has no lifecycle. Tickets of clients and of people with a role here are routed. Those of
    OdooBot and of people who have OCA's groups alone are not, and teams without a lifecycle work as OCA has it.
    """

    _inherit = "helpdesk.ticket"

    @api.model
    def default_get(self, fields):
        """Offer a team, so that the ticket has a lifecycle, and no engineer, whom dispatch assigns."""
        defaults = super().default_get(fields)
        if not {"team_id", "user_id"} <= set(fields) or not self._is_user_routed():
            return defaults
        assigned = defaults if self._is_user_chosen() else {**defaults, "user_id": False}
        if not assigned.get("team_id") and not assigned.get("user_id"):
            return {**assigned, "team_id": self._get_default_team().id}
        return assigned if self._get_record("team_id", assigned).lifecycle_id else defaults

    @api.model_create_multi
    def create(self, vals_list):
        """Leave the engineer open for dispatch: who writes a ticket down is not who works on it."""
        if not self._is_user_chosen():
            vals_list = [
                {"user_id": False, **vals} if self._get_record("team_id", vals).lifecycle_id else vals
                for vals in vals_list
            ]
        tickets = super().create(vals_list)
        tickets._route_strays()
        return tickets

    def write(self, vals):
        staffed = self.filtered("user_id") if {"team_id", "user_id"} & vals.keys() else self.browse()
        if not staffed:
            return super().write(vals)
        # The savepoint undoes a refused write: code that swallows the refusal finds the engineer still on the ticket.
        with self.env.cr.savepoint():
            result = super().write(vals)
            staffed._check_engineer_stays()
        return result

    @api.model
    def message_new(self, msg, custom_values=None):
        """Route a mail that came to no team's address: as OdooBot's ticket it would not be routed later."""
        values = dict(custom_values or {})
        if not values.get("team_id") and not values.get("user_id"):
            values["team_id"] = self._get_default_team().id
        return super().message_new(msg, custom_values=values)

    # --- Routing ---

    def _route_strays(self):
        """Give tickets without a team to the service desk, also those that somebody left without one on purpose."""
        # sudo: the provider decides where a ticket goes; clients may not write its team.
        stray = self.sudo().filtered(lambda ticket: not ticket.team_id)
        if stray and self._is_user_routed() and (desk := self._get_default_team()):
            stray.team_id = desk

    @api.model
    def _is_user_routed(self):
        """Whether new tickets of the user come to the service desk when nobody routes them."""
        user = self.env.user
        if self.env.uid == SUPERUSER_ID:
            return False
        return user.share or any(user.has_group(f"psa_base.group_{role}") for role in ROUTED_ROLES)

    @api.model
    def _is_user_chosen(self):
        """Whether somebody chose the engineer of new tickets by a default. OCA's automatic assignment is no choice."""
        remembered = self.env["ir.default"]._get_model_defaults(self._name)
        return "default_user_id" in self.env.context or "user_id" in remembered

    @api.model
    def _get_default_team(self):
        """The user's own team if it has a lifecycle, else the service desk."""
        # sudo: clients may not read teams, and their tickets need one.
        env = self.sudo().env
        own = env.user.helpdesk_team_ids
        desk = env.ref("psa_techsource.team_service_desk", raise_if_not_found=False) or own.browse()
        return (own | desk).filtered(
            lambda team: team.active and team.lifecycle_id and team.company_id.id in (False, env.company.id)
        )[:1]

    # --- The engineer ---

    def _check_engineer_stays(self):
        """Refuse to leave a ticket without an engineer in a stage that it could not reach without one."""
        if self._find_override():
            return
        # sudo: the write may have taken the ticket out of the teams that the user can read.
        for ticket in self.sudo().filtered(lambda ticket: not ticket.user_id):
            lifecycle = ticket.team_id.lifecycle_id
            if lifecycle and ticket.stage_id.id in lifecycle._get_staffed_stage_ids():
                raise UserError(
                    self.env._(
                        "%(ticket)s is in %(stage)s and needs an engineer there. Choose another one, who is in "
                        "its team, or move the ticket back first.",
                        ticket=ticket.number,
                        stage=ticket.stage_id.name,
                    )
                )

    def _lifecycle_check_engineer_assigned(self):
        return self.filtered("user_id")

    def _lifecycle_fix_engineer_assigned(self):
        return {"field": "user_id"}
