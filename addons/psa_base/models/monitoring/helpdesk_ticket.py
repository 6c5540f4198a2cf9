from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...roles import WATCHERS
from ...tools.origin import Origin
from ...tools.windows import open_list

# What an alert fills in and people then correct, without a message that says so.
EDITED_BY_PEOPLE = {"description", "name", "priority"}


class HelpdeskTicket(models.Model):
    """What the monitoring systems say about a ticket, and what they may do with it."""

    _inherit = "helpdesk.ticket"

    alert_ids = fields.One2many("psa.alert", "ticket_id", string="Alerts", readonly=True, groups=WATCHERS)
    alert_count = fields.Integer(string="Number of alerts", compute="_compute_alert_count", groups=WATCHERS)
    is_edited = fields.Boolean(
        string="Edited by a person",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Somebody changed the subject, description or priority of a ticket that an alert made.",
    )

    @api.depends("alert_ids")
    def _compute_alert_count(self):
        counts = dict(self.env["psa.alert"]._read_group([("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]))
        for ticket in self:
            ticket.alert_count = counts.get(ticket, 0)

    def write(self, vals):
        result = super().write(vals)
        if not EDITED_BY_PEOPLE.isdisjoint(vals) and self.env.uid not in self._get_system_ids():
            integration_user = self.env.ref("psa_base.user_integration")
            # sudo: that it was edited is noted whoever edits it.
            tickets = self.sudo().filtered(lambda ticket: ticket.create_uid == integration_user)
            tickets.filtered(lambda ticket: not ticket.is_edited).is_edited = True
        return result

    def action_view_alerts(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_alert_action", [("ticket_id", "=", self.id)])

    def _filter_untouched(self):
        """The tickets on which no person has done anything, by the ledgers: moves, messages, time, checklist, plans.

        What people change in the texts and the priority is noted on the ticket; a changed assignee or stage is a
        message of whoever changed it. One with an alert that is not over counts as touched, too: there is more to it.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ticket.id FROM helpdesk_ticket AS ticket
                WHERE ticket.id = ANY(%(ids)s) AND ticket.is_edited IS NOT TRUE
                AND NOT EXISTS (
                    SELECT FROM psa_lifecycle_move
                    WHERE ticket_id = ticket.id AND (user_id <> ALL(%(systems)s) OR is_override)
                )
                AND NOT EXISTS (
                    SELECT FROM mail_message
                    WHERE model = 'helpdesk.ticket' AND res_id = ticket.id
                    AND (create_uid <> ALL(%(systems)s) OR create_uid IS NULL OR message_type = 'email')
                )
                AND NOT EXISTS (
                    SELECT FROM mail_activity
                    WHERE res_model = 'helpdesk.ticket' AND res_id = ticket.id AND create_uid <> ALL(%(systems)s)
                )
                AND NOT EXISTS (SELECT FROM account_analytic_line WHERE ticket_id = ticket.id)
                AND NOT EXISTS (
                    SELECT FROM psa_ticket_checklist_item
                    WHERE ticket_id = ticket.id AND done_by_id <> ALL(%(systems)s)
                )
                AND NOT EXISTS (SELECT FROM psa_alert WHERE ticket_id = ticket.id AND state <> 'recovered')
                """,
                ids=self.ids,
                systems=self._get_system_ids(),
            )
        )
        return self.browse(ticket_id for (ticket_id,) in rows)

    def _get_system_ids(self):
        """The users as whom programs work, and no person."""
        return [SUPERUSER_ID, self.env.ref("psa_base.user_integration").id]

    def _close_for_alert(self):
        """Close the ticket by an allowed move; return what stands against it, in words."""
        return self._move_for_alert(is_closing=True)

    def _reopen_for_alert(self):
        """Take the ticket out of its closed stage by an allowed move; tell whether that went."""
        return not self._move_for_alert(is_closing=False)

    def _move_for_alert(self, is_closing):
        stage = self._find_stage_for_alert(is_closing)
        if not stage:
            return self.env._("There is no allowed move to a closed stage from here, so the ticket stays open.")
        try:
            with self.env.cr.savepoint():
                self._move_as_system(stage, Origin.HUB)
        except UserError as refusal:
            return self.env._("The ticket stays open: %s", refusal.args[0])
        return ""

    def _find_stage_for_alert(self, is_closing):
        """The first stage to close into, or to go on in, one move away."""
        # sudo: the lifecycle is the same for whoever moves the ticket.
        ticket = self.sudo()
        lifecycle = ticket._get_lifecycle()
        if lifecycle:
            stages = ticket.stage_id.browse(lifecycle._get_rules().get_targets(ticket.stage_id.id)).sorted()
        else:
            stages = ticket.team_id._get_applicable_stages()
        return stages.filtered(lambda stage: stage.closed == is_closing)[:1]
