from odoo import api, fields, models

from ...const import LAYERS, TARGETS
from ...tools.sla.choice import choose
from ...tools.windows import open_dialog


class PsaSlaExplanation(models.TransientModel):
    """Why a ticket has the SLA that it has: every rule, and what became of it when the rules were chosen."""

    _name = "psa.sla.explanation"
    _description = "Why this SLA?"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, ondelete="cascade")
    team_id = fields.Many2one(related="ticket_id.team_id")
    is_governed = fields.Boolean(string="Under a lifecycle", readonly=True)
    team_sla = fields.Boolean(related="ticket_id.team_sla")
    line_ids = fields.One2many("psa.sla.explanation.line", "explanation_id", readonly=True)

    @api.model
    def _open_explanation(self, ticket):
        ticket.check_access("read")
        lines = self._list_verdicts(ticket) if ticket.team_id.use_sla and ticket._get_lifecycle() else []
        explanation = self.create(
            {
                "ticket_id": ticket.id,
                "is_governed": bool(ticket._get_lifecycle()),
                "line_ids": [fields.Command.create(line) for line in lines],
            }
        )
        return open_dialog(explanation, self.env._("Why this SLA?"))

    @api.model
    def _list_verdicts(self, ticket):
        """A line for each rule, by layer and target. Rules that match come first, in the order in which they win."""
        rules, facts = self.env["helpdesk.sla"]._get_rules(), ticket._get_sla_facts()[ticket.id]
        winners = choose(rules, facts)
        keys = [(layer, target) for layer, _name in LAYERS for target, _name in TARGETS]
        ordered = sorted(rules, key=lambda rule: (keys.index(rule.key), not rule.matches(facts), rule.precedence))
        return [
            {
                "sla_id": rule.sla_id,
                "layer": rule.layer,
                "target": rule.target,
                "is_chosen": rule == winners.get(rule.key),
                "reason": self._explain_rule(rule, facts, winners.get(rule.key)),
            }
            for rule in ordered
            if "company" not in rule.get_misses(facts)
        ]

    @api.model
    def _explain_rule(self, rule, facts, winner):
        sla = self.env["helpdesk.sla"].browse(rule.sla_id)
        if not rule.has_time:
            return self.env._("Gives no time, so there is nothing to keep.")
        if misses := rule.get_misses(facts):
            return self.env._("Does not match. %s", " · ".join(sla._explain_criterion(name) for name in misses))
        if rule == winner:
            asked = " · ".join(sla._explain_criterion(name) for name in rule.conditions if name != "company")
            return self.env._("Applies. %s", asked or self.env._("It is for every ticket."))
        other = sla.browse(winner.sla_id).name
        if winner.precedence[0] < rule.precedence[0]:
            return self.env._("Matches, but “%s” is more specific.", other)
        return self.env._("Matches and is as specific as “%s”, which comes first in the sequence.", other)


class PsaSlaExplanationLine(models.TransientModel):
    """What became of one rule when the rules of a ticket were chosen."""

    _name = "psa.sla.explanation.line"
    _description = "Why this SLA: verdict on a rule"

    explanation_id = fields.Many2one("psa.sla.explanation", required=True, ondelete="cascade")
    sla_id = fields.Many2one("helpdesk.sla", string="Rule", required=True, ondelete="cascade")
    layer = fields.Selection(LAYERS, required=True)
    target = fields.Selection(TARGETS, required=True)
    is_chosen = fields.Boolean(string="Applies")
    reason = fields.Char(string="Why")
