from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...roles import WATCHERS
from ...tools.origin import Origin
from ...tools.windows import open_list

# Values that an alert gives a ticket. When people correct them, no message of theirs is on the ticket.
EDITED_BY_PEOPLE = {"description", "name", "priority"}


class HelpdeskTicket(models.Model):
    """The alerts of a ticket, and what alerts may do with the ticket."""

    _inherit = "helpdesk.ticket"

    alert_ids = fields.One2many("psa.alert", "ticket_id", string="Alerts", readonly=True, groups=WATCHERS)
    alert_count = fields.Integer(string="Number of alerts", compute="_compute_alert_count", groups=WATCHERS)
    is_edited = fields.Boolean(
        string="Edited by a person",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="A person changed the subject, description or priority of a ticket that an alert made.",
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
            # sudo: the mark is set whoever edits the ticket; no form writes it.
            tickets = self.sudo().filtered(lambda ticket: ticket.create_uid == integration_user)
            tickets.filtered(lambda ticket: not ticket.is_edited).is_edited = True
        return result

    def action_view_alerts(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_alert_action", [("ticket_id", "=", self.id)])

    def _filter_untouched(self):
        """The tickets on which no person has done anything, and which have no alert that goes on.

        Moves, messages, activities, time entries and checklist items say who made them. So does a changed assignee or
        stage, which is a message. Changes of texts and priority leave a mark of their own, `is_edited`.
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
        """The users that are programs: what they do, no person has done."""
        return [SUPERUSER_ID, self.env.ref("psa_base.user_integration").id]

    def _close_for_alert(self):
        """Close the ticket by an allowed move. Return the complaint when that is not possible."""
        stage = self._find_stage_for_alert(is_closed=True)
        if not stage:
            return self.env._("There is no allowed move to a closed stage from here, so the ticket stays open.")
        if complaint := self._move_for_alert(stage):
            return self.env._("The ticket stays open: %s", complaint)
        return None

    def _reopen_for_alert(self):
        """Take the ticket out of its closed stage by an allowed move. Return whether it is open now."""
        stage = self._find_stage_for_alert(is_closed=False)
        complaint = stage and self._move_for_alert(stage)
        return bool(stage) and not complaint

    def _move_for_alert(self, stage):
        """Move the ticket as the system. Return the complaint when the move is refused."""
        try:
            with self.env.cr.savepoint():
                self._move_as_system(stage, Origin.HUB)
        except UserError as refusal:
            return refusal.args[0]
        return None

    def _find_stage_for_alert(self, is_closed):
        """The first stage one move away that is closed, or that is not."""
        # sudo: whoever moves the ticket need not be allowed to read lifecycles.
        ticket = self.sudo()
        lifecycle = ticket._get_lifecycle()
        if lifecycle:
            stages = ticket.stage_id.browse(lifecycle._get_rules().get_targets(ticket.stage_id.id)).sorted()
        else:
            stages = ticket.team_id._get_applicable_stages()
        return stages.filtered(lambda stage: stage.closed == is_closed)[:1]
