from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    lifecycle_id = fields.Many2one(
        "psa.lifecycle",
        index=True,
        ondelete="restrict",
        tracking=True,
        groups="base.group_user",
        help="The stages that the tickets of the team go through and the moves they may make. "
        "Without one, people move tickets as they like.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("lifecycle_id") for vals in vals_list):
            self._check_may_choose_lifecycle()
        return super().create(vals_list)

    def write(self, vals):
        return self._write_lifecycle(vals) if "lifecycle_id" in vals else super().write(vals)

    def _write_lifecycle(self, vals):
        self._check_may_choose_lifecycle()
        # sudo: the history of all tickets goes on, also of those that the user may not see.
        teams = self.sudo().with_context(active_test=False)
        left = {team: team.lifecycle_id for team in teams}
        result = super().write(vals)
        changed = teams.filtered(lambda team: left[team] and left[team] != team.lifecycle_id)
        if changed.ticket_ids:
            changed.ticket_ids._follow_lifecycle()
        self.env["psa.lifecycle.move"]._backfill()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_lifecycle_tickets(self):
        """A ticket that loses its team would lose its lifecycle with it."""
        # sudo: all tickets of the team count, also those that the user may not see.
        teams = self.sudo().with_context(active_test=False).filtered("lifecycle_id")
        if used := teams.filtered("ticket_ids"):
            raise UserError(
                self.env._(
                    "The team %s has tickets under its lifecycle. Archive the team instead of deleting it.",
                    used[0].name,
                )
            )

    def _check_may_choose_lifecycle(self):
        if not self.env.su and not self.env.user.has_group("psa_base.group_admin"):
            raise AccessError(self.env._("Only a PSA administrator may choose the lifecycle of a team."))

    def _get_applicable_stages(self):
        # sudo: portal pages and ordinary users ask for the stages, and may not read lifecycles.
        stages = self.sudo().lifecycle_id.stage_ids
        return stages.with_env(self.env) if stages else super()._get_applicable_stages()
