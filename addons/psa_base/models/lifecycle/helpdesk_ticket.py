from collections import defaultdict

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.origin import Origin, find_origin, find_request_id
from ...tools.permit import Permit

HOUR = 3600

LOCK = "psa_lifecycle_permit"

ENGINE_FIELDS = frozenset({"stage_entered_at", "move_ids", "stay_ids", "next_due_at"})


class HelpdeskTicket(models.Model):
    """Holds every ticket to the lifecycle of its team, whichever way a write comes.

    Every way into a ticket ends in `create`, `write` or the computation of its stage, so these three ask the
    lifecycle. The stage is written last, after everything that could refuse it: code that catches the refusal
    and goes on finds the ticket in the stage where it was.
    """

    _inherit = "helpdesk.ticket"

    stage_entered_at = fields.Datetime(
        string="In this stage since", readonly=True, copy=False, help="Kept for tickets under a lifecycle."
    )
    move_ids = fields.One2many("psa.lifecycle.move", "ticket_id", string="Moves", groups="base.group_user")
    stay_ids = fields.One2many("psa.lifecycle.stay", "ticket_id", string="Stage history", groups="base.group_user")

    @api.depends("team_id")
    def _compute_stage_id(self):
        """Show the first stage while a form is filled in; a saved ticket moves by `write` only."""
        bound = self.filtered(lambda ticket: ticket._get_lifecycle())
        result = super(HelpdeskTicket, self - bound)._compute_stage_id()
        for ticket in bound:
            lifecycle = ticket._get_lifecycle()
            entering = not ticket.id and ticket._origin._get_lifecycle() != lifecycle
            if entering or not ticket.stage_id:
                ticket.stage_id = lifecycle._get_rules().initial_stage_id
        return result

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_engine_fields(vals_list)
        drafts = [self.new(self._get_start_values(vals)) for vals in vals_list]
        now = fields.Datetime.now()
        tickets = super().create(
            [{**vals, **draft._get_first_stage(now)} for vals, draft in zip(vals_list, drafts, strict=True)]
        )
        if bound := tickets._filter_governed():
            bound._log_moves(is_first=True, moved_at=now)
        return tickets

    def write(self, vals):
        self._refuse_engine_fields([vals])
        bound = self._filter_bound(vals)
        if not bound:
            return super().write(vals)
        self.check_access("write")
        left = {ticket.id: ticket.stage_id for ticket in bound}
        permit = self._find_override()
        if permit and permit.admits(self):
            with permit.use(self):
                self._write_against_the_rules(vals, permit.entry)
        else:
            bound._write_by_the_rules(vals)
            if free := self - bound:
                super(HelpdeskTicket, free).write(vals)
        # sudo: a ticket that changes hands may leave the teams of the user on the way.
        moved = bound.sudo().filtered(lambda ticket: ticket.stage_id != left[ticket.id])
        if moved:
            moved.with_env(self.env)._lifecycle_after_move({id_: left[id_] for id_ in moved.ids})
        return True

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

    @api.model
    def load(self, fields, data):
        return super(HelpdeskTicket, self.with_context(**Origin.IMPORT.context)).load(fields, data)

    def action_override_stage(self, stage, reason, team=None):
        """Put a ticket into a stage against the rules: the one way to do so, for administrators.

        The rules also keep a ticket from leaving its lifecycle: with `team` it goes to that team all the same.
        """
        self.ensure_one()
        if self.env.uid == SUPERUSER_ID or not self.env.user.has_group("psa_base.group_admin"):
            raise AccessError(self.env._("Only a PSA administrator may override the lifecycle of a ticket."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why you override the lifecycle: the reason is kept on the ticket."))
        left, team = self.stage_id, self.team_id.browse(int(team or self.team_id))
        stage = team._get_applicable_stages().filtered(lambda known: known.id == int(stage))
        if not stage or (stage == left and team == self.team_id):
            raise UserError(self.env._("Choose another stage, one that the tickets of the team can have."))
        entry = self.env["psa.audit.entry"]._log(
            self,
            "override",
            reason.strip(),
            before=f"{left.name} ({self.team_id.name})",
            after=f"{stage.name} ({team.name})",
        )
        Permit(LOCK, self, entry).hand_to(self).write({"stage_id": stage.id, "team_id": team.id})
        body = self.env._("Lifecycle overridden: %(from)s → %(to)s.", **{"from": left.name}, to=stage.name)
        self.message_post(body=Markup("%s<br/>%s") % (body, self.env._("Reason: %s", reason.strip())))

    def _lifecycle_after_move(self, from_stages):
        """Hook: the tickets have moved; `from_stages` says which stage each has left, by its id.

        `stage_entered_at` says when they moved.
        """

    # --- Which tickets are under a lifecycle, and what a write puts into them. ---

    def _get_lifecycle(self):
        # sudo: the lifecycle binds whoever writes the ticket, also those who may not read teams and lifecycles.
        return self.sudo().team_id.lifecycle_id

    def _filter_governed(self):
        """Those of the tickets whose team has a lifecycle: one look a team."""
        # sudo: a ticket is under its lifecycle also for those who may not read teams and lifecycles.
        tickets = self.sudo()
        lifecycles = {team.id: team.lifecycle_id for team in tickets.team_id}
        free = [ticket.id for ticket in tickets if not lifecycles.get(ticket.team_id.id)]
        return self - self.browse(free) if free else self

    def _filter_bound(self, vals):
        """Those of the tickets for which a lifecycle has a say in this write."""
        if not {"stage_id", "team_id", "user_id"} & vals.keys():
            return self.browse()
        if self._get_record("team_id", vals).lifecycle_id:
            return self
        bound = self._filter_governed()
        if "user_id" in vals:
            # OCA gives a ticket without a team to the team of its new assignee.
            bound |= self.filtered(lambda ticket: not ticket.team_id)
        return bound

    def _get_record(self, name, vals):
        """The record that the values put into a many2one, given in any form that `write` takes."""
        field = self._fields[name]
        # sudo: the record is read to judge the write, and is not shown to the user.
        return self.env[field.comodel_name].sudo().browse(field.convert_to_cache(vals.get(name), self) or ())

    @api.model
    def _get_start_values(self, vals):
        """What decides where a new ticket starts: the values given, and defaults for those that are not."""
        names = ("team_id", "user_id", "stage_id")
        given = {name: vals[name] for name in names if name in vals}
        return {**self.default_get([name for name in names if name not in given]), **given}

    def _get_first_stage(self, now):
        """The stage to create this draft in, if its team has a lifecycle."""
        lifecycle = self._get_lifecycle()
        if not lifecycle:
            return {}
        first = self.stage_id.browse(lifecycle._get_rules().initial_stage_id)
        if self.stage_id and self.stage_id != first:
            raise UserError(
                self.env._(
                    "A ticket of this team starts in the stage %s. Create it there, then move it on.", first.name
                )
            )
        return {"stage_id": first.id, "stage_entered_at": now}

    def _refuse_engine_fields(self, vals_list):
        if any(not ENGINE_FIELDS.isdisjoint(vals) for vals in vals_list):
            raise UserError(
                self.env._("The history and the due times of a ticket are kept by the system: leave them out.")
            )

    # --- How a ticket comes into another stage: by the rules, or against them by an override. ---

    def _find_override(self):
        """The permit of an override that this write is part of; `None` if it is part of none."""
        return Permit.find(self.env, LOCK)

    def _write_by_the_rules(self, vals):
        if "team_id" in vals:
            self._refuse(self._judge_team_change(self._get_record("team_id", vals)))
        # sudo: `write` has checked access, and the ticket may leave the user's teams on the way.
        tickets = self.sudo()
        # Only with another team or assignee can a ticket come under a lifecycle, or stay outside of one.
        may_enter = not {"team_id", "user_id"}.isdisjoint(vals)
        outside = tickets - tickets._filter_governed() if may_enter else tickets.browse()
        if others := {name: value for name, value in vals.items() if name != "stage_id"}:
            super().write(others)
        for lifecycle, entering in outside.grouped(lambda ticket: ticket._get_lifecycle()).items():
            if lifecycle:
                first = self.stage_id.browse(lifecycle._get_rules().initial_stage_id)
                entering._put_into(first, entering._log_moves(first, is_first=True))
        if "stage_id" not in vals:
            return
        stage = self._get_record("stage_id", vals)
        moving = tickets.filtered(lambda ticket: ticket.stage_id != stage)
        refusals, warnings = moving._judge_move(stage)
        moving._refuse(refusals, stage)
        bound = moving._filter_governed() if may_enter else moving
        if bound:
            bound._put_into(stage, bound._log_moves(stage, warnings=warnings))
        # A ticket whose new assignee has no team is under no lifecycle.
        if free := moving - bound:
            super(HelpdeskTicket, free).write({"stage_id": stage.id})
        bound._tell_warnings(warnings)

    def _write_against_the_rules(self, vals, entry):
        stage, team = self._get_record("stage_id", vals), self._get_record("team_id", vals)
        is_first = not self._get_lifecycle()
        moved_at = self._log_moves(stage, lifecycle=team.lifecycle_id, is_first=is_first, entry=entry)
        return super().write({**vals, "stage_entered_at": moved_at})

    def _put_into(self, stage, moved_at):
        return super().write({"stage_id": stage.id, "stage_entered_at": moved_at})

    def _follow_lifecycle(self):
        """The team has another lifecycle now, or none: the tickets stay in their stages, under other rules."""
        return super().write({"stage_entered_at": self._log_moves()})

    # --- The ledger of moves: where a ticket under a lifecycle has been, and for how long. ---

    def _log_moves(self, stage=None, lifecycle=None, is_first=False, entry=None, warnings=(), moved_at=None):
        """Add the moves that the tickets are about to make, in one statement, and return their moment.

        Without `stage`, the tickets stay in their stages; without `moved_at`, they move now; `entry` is the audit
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
        """Now, but never before the last move: the clocks of two servers may differ."""
        return max(filter(None, (fields.Datetime.now(), *self.mapped("stage_entered_at"))))

    def _prepare_ended_stay(self, working_time, moved_at):
        """How long the ticket was in the stage that it leaves, and for which vendor it waited there."""
        entered_at = self.stage_entered_at
        if not working_time or not entered_at or entered_at == moved_at:
            return {"stay_hours": 0.0, "stay_working_hours": 0.0, "vendor_id": False}
        return {
            "stay_hours": (moved_at - entered_at).total_seconds() / HOUR,
            "stay_working_hours": working_time.between(entered_at, moved_at) / HOUR,
            "vendor_id": self.vendor_id.id if self.vendor_id and self.stage_id.is_waiting_for_vendor else False,
        }

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
