from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.cached import forget_cached

LAYERS = [("client", "Client"), ("internal", "Internal")]
TARGETS = [("response", "Response"), ("resolution", "Resolution")]


class HelpdeskSla(models.Model):
    _name = "helpdesk.sla"
    _inherit = ["psa.sla.rule.mixin", "psa.sla.rule.preview.mixin", "helpdesk.sla"]

    layer = fields.Selection(
        LAYERS,
        required=True,
        default="client",
        index=True,
        tracking=True,
        help="Client: promised in the agreement and shown to the client. Internal: the team's own target, "
        "which the client never sees.",
    )
    target = fields.Selection(
        TARGETS,
        required=True,
        default="resolution",
        tracking=True,
        help="Response: met once and for all when the ticket reaches the stage. Resolution: goes on when the "
        "ticket is reopened.",
    )
    sequence = fields.Integer(default=10, help="Of two rules that are equally specific, the lower number wins.")
    priority = fields.Selection(
        selection=lambda self: self.env["helpdesk.ticket"]._fields["priority"].selection,
        tracking=True,
        help="Empty: tickets of any priority.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "helpdesk_sla_res_partner_rel",
        string="Clients",
        domain="[('is_company', '=', True)]",
        help="Empty: tickets of any client.",
    )
    asset_ids = fields.Many2many("psa.asset", string="Assets", help="Empty: tickets about any asset, or none.")
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Service hours",
        ondelete="restrict",
        tracking=True,
        help="The hours in which the clock runs. Empty: the client's own service hours for the client's layer, "
        "if there are any; else those of the team.",
    )

    @api.constrains("calendar_id")
    def _check_calendar(self):
        self.calendar_id._check_can_time_sla()

    @api.constrains("domain")
    def _check_domain(self):
        tickets = self.env["helpdesk.ticket"]
        for sla in self:
            try:
                tickets.search_count(sla._get_domain(), limit=1)
            except (KeyError, SyntaxError, TypeError, ValueError) as error:
                raise ValidationError(
                    self.env._("The filter of the SLA rule %s does not work on tickets: correct it.", sla.name)
                ) from error

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._apply_rules()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys() <= self._get_words_only():
            self._apply_rules()
        return result

    def unlink(self):
        result = super().unlink()
        forget_cached(self.env)
        return result

    @api.model
    def _get_words_only(self):
        """Fields that say something about a rule and change nothing that it does."""
        return {"name", "note"}

    def _apply_rules(self):
        """A change of the rules holds at once, for open tickets, too."""
        forget_cached(self.env)
        self.env["helpdesk.ticket"]._replay_open_tickets([])
