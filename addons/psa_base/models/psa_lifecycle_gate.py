from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PsaLifecycleGate(models.Model):
    """A condition on a move, with the message that people read when it does not hold.

    The condition is a filter on the ticket, or a named check: a method of the ticket,
    `_lifecycle_check_<name>`, that returns the tickets that pass.
    """

    _name = "psa.lifecycle.gate"
    _description = "Lifecycle gate"
    _inherit = ["psa.lifecycle.rules.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    message = fields.Text(
        required=True, translate=True, help="Say what is missing and what to do about it: people read this."
    )
    kind = fields.Selection(
        [("check", "Built-in check"), ("domain", "Filter on the ticket")], required=True, default="domain"
    )
    check_name = fields.Selection(
        [("time_recorded", "Time is recorded"), ("checklist_done", "The checklist is done")], string="Check"
    )
    domain = fields.Char(string="Filter", default="[]", help="The ticket may move when it matches the filter.")
    model_name = fields.Char(string="Model", compute="_compute_model_name")
    transition_ids = fields.Many2many("psa.lifecycle.transition", string="Moves", readonly=True)

    @api.constrains("kind", "check_name", "domain")
    def _check_condition(self):
        tickets = self.env["helpdesk.ticket"]
        for gate in self:
            if gate.kind == "check":
                if not gate.check_name:
                    raise ValidationError(self.env._("Choose the check of the gate %s.", gate.name))
                continue
            try:
                tickets.search_count(gate._get_domain(), limit=1)
            except (KeyError, SyntaxError, TypeError, ValueError) as error:
                raise ValidationError(
                    self.env._("The filter of the gate %s does not work on tickets: correct it.", gate.name)
                ) from error

    def _compute_model_name(self):
        self.model_name = "helpdesk.ticket"

    def _get_domain(self):
        return literal_eval(self.domain or "[]")

    def _get_passing(self, tickets):
        """The tickets that the gate lets through."""
        self.ensure_one()
        if self.kind == "domain":
            return tickets.filtered_domain(self._get_domain())
        return getattr(tickets, f"_lifecycle_check_{self.check_name}")()
