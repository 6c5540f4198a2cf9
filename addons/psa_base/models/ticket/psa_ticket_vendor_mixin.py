from odoo import api, fields, models


class PsaTicketVendorMixin(models.AbstractModel):
    """Whom a ticket waits for besides its client: a vendor, and what the vendor calls the case."""

    _name = "psa.ticket.vendor.mixin"
    _description = "Vendor of a ticket"

    vendor_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        domain="[('is_company', '=', True)]",
        groups="base.group_user",
        help="The company that has to do something before the ticket can go on.",
    )
    vendor_reference = fields.Char(
        string="Vendor's reference",
        copy=False,
        index="btree_not_null",
        tracking=True,
        groups="base.group_user",
        help="What the vendor calls this case.",
    )
    is_vendor_asked = fields.Boolean(
        string="Vendor is asked for", compute="_compute_is_vendor_asked", groups="base.group_user"
    )

    @api.depends("stage_id", "team_id")
    def _compute_is_vendor_asked(self):
        """Where the ticket waits for a vendor, and one move before: the gate there may ask for the name."""
        stages = self.env["helpdesk.ticket.stage"]
        for (lifecycle, stage), tickets in self.grouped(
            lambda ticket: (ticket._get_lifecycle(), ticket.stage_id)
        ).items():
            near = stage | (stages.browse(lifecycle._get_rules().get_targets(stage.id)) if lifecycle else stages)
            tickets.is_vendor_asked = any(near.mapped("is_waiting_for_vendor"))

    def _describe_vendor(self):
        """Whom to chase, for an activity; nothing when no vendor is known."""
        if not self.vendor_id:
            return ""
        return ", ".join(filter(None, (self.vendor_id.display_name, self.vendor_id.phone, self.vendor_reference)))
