from odoo import api, fields, models
from odoo.exceptions import AccessError


class PsaLifecycleWhyMixin(models.AbstractModel):
    """Tells people where a ticket can go from here, and what is missing for it."""

    _name = "psa.lifecycle.why.mixin"
    _description = "Next stages of a ticket"

    reachable_stage_ids = fields.Many2many(
        "helpdesk.ticket.stage",
        string="Stages within reach",
        compute="_compute_reachable_stage_ids",
        help="The stage of the ticket and those that your role may move it to from there.",
    )

    @api.depends("team_id", "stage_id")
    @api.depends_context("uid")
    def _compute_reachable_stage_ids(self):
        for ticket in self:
            lifecycle = ticket._get_lifecycle()
            if not lifecycle:
                ticket.reachable_stage_ids = ticket.applicable_stage_ids
                continue
            # As saved: a form in which somebody has picked the next stage shows the ways from the present one.
            saved = ticket._origin
            stage_id = saved._get_lifecycle() == lifecycle and saved.stage_id.id
            ticket.reachable_stage_ids = ticket.stage_id.browse(lifecycle._get_reach(stage_id))

    def get_next_stages(self):
        """Each stage that may follow, whether the user can move the ticket there, and what is missing if not."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only the people of the service desk see the rules of its tickets."))
        lifecycle = self._get_lifecycle()
        if not lifecycle:
            return []
        stages = self.stage_id.browse(lifecycle._get_rules().get_targets(self.stage_id.id))
        return [self._describe_next_stage(lifecycle, stage) for stage in stages.sorted()]

    def _describe_next_stage(self, lifecycle, stage):
        role_ok = lifecycle._has_role_for(self.stage_id.id, stage.id)
        gates = lifecycle._get_rules().get_gates(self.stage_id.id, stage.id)
        # sudo: as at the door, a gate judges the ticket and not what the user may read of it.
        shut = [gate for gate in gates if not self.sudo()._filter_passing(gate)]
        return {
            "stage": {"id": stage.id, "name": stage.name},
            "is_forward": stage.sequence > self.stage_id.sequence,
            "allowed": role_ok and not any(gate.is_blocking for gate in shut),
            "role_ok": role_ok,
            "roles": [] if role_ok else lifecycle._get_role_names(self.stage_id.id, stage.id),
            "items": [item for gate in shut for item in self._explain_gate(gate)],
        }

    def _explain_gate(self, gate):
        """What the shut gate misses: one item, or one for each required field that is empty."""
        # sudo: as at the door, a gate judges the ticket and not what the user may read of it.
        details = self.sudo()._get_gate_details(gate).get(self.id, ())
        message = " ".join([self.env["psa.lifecycle.gate"].browse(gate.id).message, *details])
        item = {"gate_id": gate.id, "message": message, "mode": "block" if gate.is_blocking else "warn"}
        return [{**item, "fix": fix} for fix in self._get_fixes(gate) or [False]]

    def _get_fixes(self, gate):
        """Where the user can mend what the gate misses: a field of the form, or an action to open."""
        if gate.kind == "check":
            find = getattr(self, f"_lifecycle_fix_{gate.check_name}", None)
            fixes = [find()] if find else []
        elif gate.kind == "fields":
            # sudo: what is empty is empty for everybody.
            ticket = self.sudo()
            fixes = [{"field": name} for name in gate.field_names if not ticket._is_filled_in(name)]
        else:
            names = [leaf[0].split(".")[0] for leaf in gate.domain if len(leaf) == 3]
            fixes = [{"field": name} for name in dict.fromkeys(names)]
        return [labelled for fix in fixes if (labelled := self._label_fix(fix))]

    def _label_fix(self, fix):
        """The way with its name; none if the user does not see the field."""
        if "field" not in fix:
            return fix
        described = self.fields_get([fix["field"]], ["string"])
        return described and {**fix, "label": described[fix["field"]]["string"]}

    def _lifecycle_fix_time_recorded(self):
        return {"field": "time_ids"}

    def _lifecycle_fix_time_approved(self):
        """Whoever approves time goes to the entries that wait; others see which ones they are."""
        if not self.env.user.has_group("hr_timesheet.group_hr_timesheet_approver"):
            return {"field": "time_ids"}
        action = self.env["ir.actions.act_window"]._for_xml_id("psa_base.account_analytic_line_action_to_approve")
        return {
            "action": {**action, "domain": [("ticket_id", "in", self.ids), ("approval_state", "=", "draft")]},
            "label": self.env._("Time to approve"),
        }

    def _lifecycle_fix_checklist_done(self):
        return {"field": "checklist_item_ids"}

    def _lifecycle_fix_breach_explained(self):
        return {"action": self.action_explain_breaches(), "label": self.env._("Explain the breach")}
