from odoo import api, fields, models

from ...tools.windows import open_list


class ResPartner(models.Model):
    _inherit = "res.partner"

    rmm_group = fields.Char(
        string="Monitoring group",
        copy=False,
        index="btree_not_null",
        help="What the monitoring system calls this client. Leave it empty when it uses the company's name.",
    )
    asset_count = fields.Integer(
        string="Number of assets",
        compute="_compute_asset_count",
        groups="psa_base.group_support,psa_base.group_operations,psa_base.group_accounts",
    )

    service_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Service hours",
        index="btree_not_null",
        help="When this client has service: SLA targets that were promised to it count these hours. Empty: the hours "
        "of the team that has the ticket.",
    )

    @api.constrains("service_calendar_id")
    def _check_service_calendar(self):
        self.service_calendar_id._check_can_time_sla()

    def _compute_asset_count(self):
        counts = dict(
            self.env["psa.asset"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.asset_count = counts.get(partner.commercial_partner_id, 0)

    def write(self, vals):
        users = self.env["res.users"]
        if users._is_bounded() and self.env.user.has_group("psa_base.group_admin"):
            # sudo: the address of a person is the way to their password, so it is theirs to guard who manages them.
            people = self.sudo().with_context(active_test=False).user_ids - self.env.user.sudo()
            people.with_env(self.env)._check_within_roles()
        result = super().write(vals)
        # whom a client's keys stand for, and where their programs are
        if not {"active", "country_id", "parent_id"}.isdisjoint(vals):
            self.env["psa.api.key"]._forget_accesses_of(self)
            self.env["psa.api.subscription"]._forget_listeners_of(self)
        if "service_calendar_id" in vals:
            self.env["helpdesk.ticket"]._replay_open_tickets([("commercial_partner_id", "in", self.ids)])
        return result

    def signup_prepare(self, signup_type="signup"):
        """Only where it changes something: every mail about a ticket asks for it.

        Two tickets of a client that are made at once would otherwise both write the client, and one start again.
        """
        return super(ResPartner, self.filtered(lambda partner: partner.signup_type != signup_type)).signup_prepare(
            signup_type
        )

    @api.model
    def _commercial_fields(self):
        """Service hours are the company's; its people have the same."""
        return [*super()._commercial_fields(), "service_calendar_id"]

    def action_view_assets(self):
        self.ensure_one()
        client = self.commercial_partner_id
        return open_list(
            self.env, "psa_base.psa_asset_action", [("partner_id", "=", client.id)], {"default_partner_id": client.id}
        )
