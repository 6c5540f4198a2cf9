from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.origin import SELECTION as ORIGINS
from ...tools.origin import find_origin
from ...tools.own_transaction import prepare_follow_up

LOCK_TIMEOUT = "2s"


class PsaLifecycleRefusal(models.Model):
    """One reason why one ticket was not moved.

    A refusal undoes everything that its transaction did. So this row is written in a transaction of its own when
    that one is over: after its rollback, or after its commit if some code caught the refusal and went on.
    """

    _name = "psa.lifecycle.refusal"
    _description = "Refused move"
    _inherit = ["psa.ledger.mixin"]
    _order = "id desc"
    _rec_name = "ticket_id"
    _log_access = False

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    lifecycle_id = fields.Many2one("psa.lifecycle", readonly=True, index=True, ondelete="cascade")
    from_stage_id = fields.Many2one("helpdesk.ticket.stage", string="From", readonly=True, ondelete="cascade")
    to_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="To",
        readonly=True,
        ondelete="cascade",
        help="Empty when the ticket was to leave its lifecycle.",
    )
    refused_at = fields.Datetime(string="When", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True, index=True, ondelete="restrict")
    origin = fields.Selection(ORIGINS, string="How", required=True, readonly=True)
    gate_id = fields.Many2one(
        "psa.lifecycle.gate",
        readonly=True,
        index=True,
        ondelete="set null",
        help="Empty when the lifecycle has no such move, or not for the role.",
    )
    reason = fields.Text(required=True, readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")

    def action_open_ticket(self):
        return self.ticket_id.get_formview_action()

    @api.model
    def _remember(self, objections, stage=None):
        """Have the refusals written down when this transaction is over, whichever way it ends."""
        moment, found = fields.Datetime.now(), find_origin(self.env)
        rows = [
            {
                "ticket_id": said.ticket.id,
                "lifecycle_id": said.ticket._get_lifecycle().id,
                "from_stage_id": said.ticket.stage_id.id,
                "to_stage_id": stage.id if stage else False,
                "refused_at": moment,
                "user_id": self.env.uid,
                "origin": found,
                "gate_id": said.gate_id,
                "reason": said.message,
                "team_id": said.ticket.team_id.id,
                "company_id": said.ticket.company_id.id,
            }
            for said in objections
        ]
        # An error in writing is logged and raised to nobody: the user reads the refusal itself.
        write_apart = prepare_follow_up(
            self.env,
            lambda env: env["psa.lifecycle.refusal"]._insert_if_known(rows),
            "Refused moves could not be written down",
        )
        # One of the two runs: a commit and a rollback each clear both lists, the rollback of a savepoint clears none.
        self.env.cr.postrollback.add(write_apart)
        self.env.cr.postcommit.add(write_apart)

    @api.model
    def _insert_if_known(self, rows):
        """Add the rows of tickets that exist: one that was made in the refused transaction does not."""
        self.env.cr.execute(SQL("SET LOCAL lock_timeout = %s", LOCK_TIMEOUT))
        known = self.env["helpdesk.ticket"].browse(row["ticket_id"] for row in rows).exists()
        self._insert([row for row in rows if row["ticket_id"] in known.ids])
