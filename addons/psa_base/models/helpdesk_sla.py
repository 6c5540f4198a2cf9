from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache
from odoo.tools.safe_eval import safe_eval

from ..tools.sla_choice import Rule
from ..tools.sla_clock import Target

LAYERS = [("client", "Client"), ("internal", "Internal")]
TARGETS = [("response", "Response"), ("resolution", "Resolution")]
HOUR = 3600


class HelpdeskSla(models.Model):
    _inherit = "helpdesk.sla"

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
        self.env.registry.clear_cache()
        return result

    @api.model
    @ormcache()
    def _get_rules(self):
        """All rules as plain data, the one that wins first."""
        # sudo: the rules bind whoever writes a ticket, also those who may not read them.
        rules = [sla._to_rule() for sla in self.sudo().search([])]
        return tuple(sorted(rules, key=lambda rule: rule.precedence))

    @api.model
    @ormcache()
    def _get_choice_fields(self):
        """The fields of a ticket that the choice of its rules depends on."""
        names = {"asset_id", "category_id", "company_id", "partner_id", "priority", "tag_ids", "team_id", "user_id"}
        for rule in self._get_rules():
            names.update(str(leaf[0]).split(".")[0] for leaf in rule.domain if isinstance(leaf, tuple | list))
        # Where a ticket stands moves its clocks and changes no promise.
        return frozenset(names - {"stage_id"})

    def _to_rule(self):
        domain = self._get_domain()
        conditions = {name: frozenset(values) for name, values in self._get_conditions().items() if values}
        if domain:
            conditions["filter"] = frozenset(self.ids)
        return Rule(
            self.id,
            self.layer,
            self.target,
            self.sequence,
            self.hours > 0 or self.days > 0,
            self.calendar_id.id or None,
            conditions,
            domain,
        )

    def _get_domain(self):
        return safe_eval(self.domain or "[]")

    def _get_conditions(self):
        """Hook: what a ticket must have for the rule to match, by criterion; nothing for any ticket."""
        return {
            "company": self.company_id.ids,
            "team": self.team_ids.ids,
            "priority": [self.priority] if self.priority else [],
            "category": self.category_ids.ids,
            "tag": self.tag_ids.ids,
            "asset": self.asset_ids.ids,
            "client": self.partner_ids.ids,
        }

    @ormcache("self.id", "lifecycle_id", "calendar_id")
    def _get_target(self, lifecycle_id, calendar_id):
        """The rule as a target for clocks of tickets under a lifecycle, counted by a calendar."""
        # sudo: as for `_get_rules`.
        sla = self.sudo()
        stages = sla.env["psa.lifecycle"].browse(lifecycle_id).stage_ids
        wanted = sla.stage_id
        met = stages.filtered(lambda stage: stage.sequence >= wanted.sequence if wanted else stage.closed)
        hours_per_day = sla.env["resource.calendar"].browse(calendar_id).hours_per_day if calendar_id else 24
        return Target(
            round((sla.hours + sla.days * hours_per_day) * HOUR),
            frozenset(sla.ignore_stage_ids.ids),
            frozenset(met.ids),
            sla.target == "response",
        )

    @api.model
    def _get_words_only(self):
        """Fields that say something about a rule and change nothing that it does."""
        return {"name", "note"}

    def _apply_rules(self):
        """A change of the rules holds from now on, for tickets that are open, too."""
        self.env.registry.clear_cache()
