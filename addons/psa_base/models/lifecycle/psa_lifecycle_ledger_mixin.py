from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.origin import Origin, find_origin, find_request_id

HOUR = 3600
ENGINE_FIELDS = frozenset({"stage_entered_at", "move_ids", "stay_ids", "next_due_at"})


class PsaLifecycleLedgerMixin(models.AbstractModel):
    """Writes down where a ticket under a lifecycle has been, and since when it is where it is.

    The row in the ledger comes before the stage itself, so that what the move sets in motion stands
    behind it.
    """

    _name = "psa.lifecycle.ledger.mixin"
    _description = "Stage history of a ticket"

    stage_entered_at = fields.Datetime(
        string="In this stage since", readonly=True, copy=False, help="Kept for tickets under a lifecycle."
    )
    move_ids = fields.One2many("psa.lifecycle.move", "ticket_id", string="Moves", groups="base.group_user")
    stay_ids = fields.One2many("psa.lifecycle.stay", "ticket_id", string="Stage history", groups="base.group_user")

    @api.model
    def load(self, fields, data):
        return super(PsaLifecycleLedgerMixin, self.with_context(**Origin.IMPORT.context)).load(fields, data)

    def unlink(self):
        """The history goes with its ticket; that there was one, and who deleted it, stays in the audit."""
        self.check_access("unlink")
        self.env["psa.audit.entry"]._log(
            self.filtered(lambda ticket: ticket._get_lifecycle()),
            "deletion",
            self.env._("The ticket was deleted, with its history."),
            before=lambda ticket: ticket._describe_history(),
        )
        return super().unlink()

    def _describe_history(self):
        """What is lost with the ticket, for people to read."""
        moves = [
            {
                "at": str(move.moved_at),
                "who": move.user_id.name,
                "from": move.from_stage_id.name or "",
                "to": move.to_stage_id.name,
                "override": move.reason or "",
            }
            for move in self.move_ids.sorted("id")
        ]
        return {"moves": moves}

    def _refuse_engine_fields(self, vals_list):
        if any(not ENGINE_FIELDS.isdisjoint(vals) for vals in vals_list):
            raise UserError(
                self.env._("The history and the due times of a ticket are kept by the system: leave them out.")
            )

    def _log_moves(self, stage=None, lifecycle=None, is_first=False, entry=None, warnings=(), moved_at=None):
        """Add the moves that the tickets are about to make, in one statement, and return their moment.

        Without `stage`, they are where they shall be already; without `moved_at`, they move now; `entry` is the audit
        entry of an override.
        """
        # sudo: history is written whoever moves the ticket.
        tickets = self.sudo()
        moved_at = moved_at or tickets._get_move_moment()
        said = defaultdict(list)
        for warning in warnings:
            said[warning.ticket.id].append(warning.message)
        rows = []
        for team, theirs in tickets.grouped("team_id").items():
            lifecycle_id = (team.lifecycle_id if lifecycle is None else lifecycle).id
            working_time = team.resource_calendar_id._get_working_time()
            for ticket in theirs:
                left = ticket.stage_id
                rows.append(
                    {
                        "ticket_id": ticket.id,
                        "lifecycle_id": lifecycle_id,
                        "from_stage_id": not is_first and left.id,
                        "to_stage_id": (stage or left).id,
                        "warning": "\n".join(said[ticket.id]) if said else None,
                        **ticket._prepare_ended_stay(None if is_first else working_time, moved_at),
                    }
                )
        self.env["psa.lifecycle.move"]._insert(
            rows,
            moved_at=moved_at,
            user_id=self.env.uid,
            origin=find_origin(self.env),
            request_id=find_request_id(),
            is_override=bool(entry),
            audit_entry_id=entry and entry.id,
        )
        self.invalidate_recordset(["move_ids", "stay_ids"], flush=False)
        return moved_at

    def _get_move_moment(self):
        """Now; but never before the last move, should two servers disagree about the time."""
        return max(filter(None, (fields.Datetime.now(), *self.mapped("stage_entered_at"))))

    def _prepare_ended_stay(self, working_time, moved_at):
        """How long the ticket was in the stage that it leaves, and for whom it waited there."""
        entered_at = self.stage_entered_at
        if not working_time or not entered_at or entered_at == moved_at:
            return {"stay_hours": 0.0, "stay_working_hours": 0.0, "vendor_id": False}
        return {
            "stay_hours": (moved_at - entered_at).total_seconds() / HOUR,
            "stay_working_hours": working_time.between(entered_at, moved_at) / HOUR,
            "vendor_id": self.vendor_id.id if self.vendor_id and self.stage_id.is_waiting_for_vendor else False,
        }
