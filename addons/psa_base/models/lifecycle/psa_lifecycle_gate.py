from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.lifecycle.rules import Gate


class PsaLifecycleGate(models.Model):
    """A condition on a move, with the message that people read when it does not hold.

    The condition is a filter on the ticket, fields that must be filled in, or a named check: a method
    of the ticket, `_lifecycle_check_<name>`, that returns the tickets that pass. Beside it may stand
    `_lifecycle_explain_<name>`, which says what is missing, and `_lifecycle_fix_<name>`, which says where to mend it.
    A gate blocks the move, or it lets the ticket through and warns whoever moves it.
    """

    _name = "psa.lifecycle.gate"
    _description = "Lifecycle gate"
    _inherit = ["psa.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    message = fields.Text(
        required=True, translate=True, help="Say what is missing and what to do about it: people read this."
    )
    kind = fields.Selection(
        [("check", "Built-in check"), ("fields", "Required fields"), ("domain", "Filter on the ticket")],
        required=True,
        default="domain",
    )
    mode = fields.Selection(
        [("block", "Stop the move"), ("warn", "Let through and warn")],
        string="When it does not hold",
        required=True,
        default="block",
        help="A warning is shown to whoever moves the ticket and is kept in its stage history.",
    )
    check_name = fields.Selection(
        [
            ("time_recorded", "Time is recorded"),
            ("time_approved", "All time is approved"),
            ("breach_explained", "Missed targets are explained"),
            ("checklist_done", "The checklist is done"),
        ],
        string="Check",
    )
    field_ids = fields.Many2many(
        "ir.model.fields",
        string="Fields",
        domain=[("model", "=", "helpdesk.ticket"), ("ttype", "not in", ("boolean", "properties"))],
        help="All of them must be filled in.",
    )
    domain = fields.Char(string="Filter", default="[]", help="The ticket may move when it matches the filter.")
    transition_ids = fields.Many2many("psa.lifecycle.transition", string="Moves", readonly=True)

    @api.constrains("kind", "check_name", "domain", "field_ids")
    def _check_condition(self):
        tickets = self.env["helpdesk.ticket"]
        for gate in self:
            if gate.kind == "check":
                if not gate.check_name:
                    raise ValidationError(self.env._("Choose the check of the gate %s.", gate.name))
                continue
            if gate.kind == "fields":
                if not gate.field_ids or set(gate.field_ids.mapped("model")) != {"helpdesk.ticket"}:
                    raise ValidationError(self.env._("Choose the fields of tickets that %s requires.", gate.name))
                continue
            try:
                tickets.search_count(gate._get_domain(), limit=1)
            except (KeyError, SyntaxError, TypeError, ValueError) as error:
                raise ValidationError(
                    self.env._("The filter of the gate %s does not work on tickets: correct it.", gate.name)
                ) from error

    def _get_domain(self):
        return literal_eval(self.domain or "[]")

    def _as_data(self):
        """The gate as plain data, as the rules of the lifecycle cache it."""
        return Gate(
            self.id,
            self.kind,
            self.mode == "block",
            self.check_name or "",
            tuple(self._get_domain()) if self.kind == "domain" else (),
            tuple(self.field_ids.mapped("name")),
        )

    def _get_passing(self, tickets):
        """The tickets that the gate lets through."""
        self.ensure_one()
        return tickets._filter_passing(self._as_data())
