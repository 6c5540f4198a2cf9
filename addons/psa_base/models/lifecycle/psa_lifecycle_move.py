from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import origin


class PsaLifecycleMove(models.Model):
    """One arrival of a ticket in a stage, and the stay in the stage before that ended with it.

    A row without a stage to come from says that the ticket was created or came under the lifecycle; a row
    without a lifecycle, that it left it. Time in stage and the clocks of SLA targets are calculated from these rows.
    """

    _name = "psa.lifecycle.move"
    _description = "Move of a ticket"
    _inherit = ["psa.ledger.mixin"]
    _order = "id desc"
    _rec_name = "ticket_id"
    _log_access = False

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    lifecycle_id = fields.Many2one("psa.lifecycle", readonly=True, index=True, ondelete="restrict")
    from_stage_id = fields.Many2one("helpdesk.ticket.stage", string="From", readonly=True, ondelete="restrict")
    to_stage_id = fields.Many2one(
        "helpdesk.ticket.stage", string="To", required=True, readonly=True, index=True, ondelete="restrict"
    )
    moved_at = fields.Datetime(string="When", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True, index=True, ondelete="restrict")
    origin = fields.Selection(origin.SELECTION, string="How", required=True, readonly=True)
    request_id = fields.Char(
        readonly=True,
        help="The X-Request-Id of a move by the API; the answer and the log of the server have it, too.",
    )
    is_override = fields.Boolean(string="Override", readonly=True)
    warning = fields.Text(readonly=True, help="What the gates said that warn and let the ticket through.")
    stay_hours = fields.Float(
        string="Hours in the stage before", readonly=True, help="By the clock: nights and days off count."
    )
    stay_working_hours = fields.Float(
        string="Working hours in the stage before", readonly=True, help="By the working hours of the team."
    )
    vendor_id = fields.Many2one(
        "res.partner",
        string="Vendor waited for",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The vendor of the ticket when it left the stage before.",
    )
    audit_entry_id = fields.Many2one("psa.audit.entry", string="Entry in the audit", readonly=True, ondelete="restrict")
    reason = fields.Text(related="audit_entry_id.reason", string="Reason of the override")
    team_id = fields.Many2one(related="ticket_id.team_id", string="Team")
    commercial_partner_id = fields.Many2one(related="ticket_id.commercial_partner_id", string="Client")

    def action_open_ticket(self):
        return self.ticket_id.get_formview_action()

    @api.model
    def _backfill(self):
        """Begin the history of tickets that were there before their team had a lifecycle, or before the ledger.

        OCA's last update of the stage says when a ticket came into it. Called on installation, too.
        """
        self.env.flush_all()
        begin = SQL(
            """
            WITH began AS (
                INSERT INTO psa_lifecycle_move
                    (ticket_id, lifecycle_id, to_stage_id, moved_at, user_id, origin, is_override)
                SELECT ticket.id, team.lifecycle_id, ticket.stage_id,
                       date_trunc('second', greatest(ticket.create_date, ticket.last_stage_update, last.moved_at)),
                       %s, %s, false
                FROM helpdesk_ticket AS ticket
                JOIN helpdesk_ticket_team AS team ON team.id = ticket.team_id
                LEFT JOIN LATERAL (
                    SELECT lifecycle_id, moved_at FROM psa_lifecycle_move
                    WHERE ticket_id = ticket.id ORDER BY id DESC LIMIT 1
                ) AS last ON true
                WHERE team.lifecycle_id IS NOT NULL AND ticket.stage_id IS NOT NULL AND last.lifecycle_id IS NULL
                RETURNING ticket_id, moved_at
            )
            UPDATE helpdesk_ticket SET stage_entered_at = began.moved_at FROM began WHERE id = began.ticket_id
            """,
            self.env.uid,
            origin.Origin.SYSTEM,
        )
        self.env.cr.execute(begin)
        self.env["helpdesk.ticket"].invalidate_model(["stage_entered_at", "move_ids", "stay_ids"], flush=False)
