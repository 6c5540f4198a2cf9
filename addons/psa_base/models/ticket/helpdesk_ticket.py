from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...const import PRIORITIES
from ...series import may_read_field
from ...tools.origin import Origin, find_origin

_KEY = "psa.ticket.mail.queue"


class HelpdeskTicket(models.Model):
    """What the service desk adds to OCA's ticket: the device it is about and the vendor it waits for."""

    _inherit = "helpdesk.ticket"
    _is_log_kept = True

    # How clients' programs look tickets up, and list their own.
    number = fields.Char(index=True)
    commercial_partner_id = fields.Many2one(string="Client", index=True)
    priority = fields.Selection(PRIORITIES)
    # Internal: OCA keeps it off the portal's pages, but not from clients who ask by RPC.
    notes = fields.Html(groups="base.group_user")
    # Internal: it says how long the ticket was in which stage.
    duration_tracking = fields.Json(groups="base.group_user")
    stage_id = fields.Many2one(domain="[('id', 'in', reachable_stage_ids)]")
    applicable_stage_ids = fields.Many2many(
        "helpdesk.ticket.stage", string="Applicable stages", compute="_compute_applicable_stage_ids"
    )
    lifecycle_id = fields.Many2one("psa.lifecycle", related="team_id.lifecycle_id", groups="base.group_user")
    partner_id = fields.Many2one(compute="_compute_partner_id", store=True, readonly=False)
    asset_id = fields.Many2one(
        "psa.asset",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('partner_id', '=?', commercial_partner_id), ('state', '!=', 'decommissioned')]",
        help="The client's device that the ticket is about.",
    )
    external_reference = fields.Char(
        string="Client's reference",
        copy=False,
        index="btree_not_null",
        help="What the client's own system calls this ticket.",
    )
    partner_phone = fields.Char(string="Phone")
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

    @api.constrains("asset_id", "partner_id", "commercial_partner_id")
    def _check_asset_belongs_to_client(self):
        # sudo: whoever edits the ticket need not be allowed to read assets.
        for ticket in self.sudo().filtered("asset_id"):
            client = ticket.partner_id.commercial_partner_id
            if ticket.asset_id.partner_id != client:
                raise ValidationError(
                    self.env._(
                        "%(asset)s is an asset of %(owner)s, not of %(client)s. "
                        "Choose an asset of the client, or correct the contact of ticket %(ticket)s.",
                        asset=ticket.asset_id.name,
                        owner=ticket.asset_id.partner_id.name,
                        client=client.name or self.env._("a ticket without a client"),
                        ticket=ticket.number,
                    )
                )

    @api.constrains("stage_id", "team_id")
    def _check_stage_is_open_to_team(self):
        """A stage that is kept for some teams takes no ticket of another team, or of none."""
        # sudo: the verdict does not depend on which teams the user may read.
        for ticket in self.sudo().filtered("stage_id.team_ids"):
            teams = ticket.stage_id.team_ids
            if ticket.team_id not in teams and not ticket.team_id.lifecycle_id:
                raise ValidationError(
                    self.env._(
                        "The stage %(stage)s is for tickets of %(teams)s. Give ticket %(ticket)s to that team "
                        "first, or choose another stage.",
                        stage=ticket.stage_id.name,
                        teams=", ".join(teams.mapped("name")),
                        ticket=ticket.number,
                    )
                )

    @api.depends("team_id")
    def _compute_applicable_stage_ids(self):
        for team, tickets in self.grouped("team_id").items():
            tickets.applicable_stage_ids = team._get_applicable_stages()

    @api.depends("number", "name")
    def _compute_display_name(self):
        """A ticket that is not there yet has neither number nor name to show."""
        drafts = self.filtered(lambda ticket: not ticket.ids)
        drafts.display_name = False
        return super(HelpdeskTicket, self - drafts)._compute_display_name()

    @api.depends("asset_id")
    def _compute_partner_id(self):
        """An asset says whose the ticket is; a contact that somebody chose stays."""
        for ticket in self:
            ticket.partner_id = ticket.partner_id or ticket.asset_id.partner_id

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        """Show the columns of the lifecycles, and OCA's stages for teams without one only."""
        team_id = self.default_get(["team_id"]).get("team_id")
        teams = self.env["helpdesk.ticket.team"]
        teams = teams.browse(team_id) if team_id else teams.search([("lifecycle_id", "!=", False)])
        # sudo: whoever sees the tickets need not be allowed to read lifecycles.
        known = teams.sudo().lifecycle_id.stage_ids
        if not known:
            return super()._read_group_stage_ids(stages, domain)
        return stages.search([("id", "in", stages.ids + known.ids)])

    # --- The vendor that a ticket waits for. ---

    @api.depends("stage_id", "team_id")
    def _compute_is_vendor_asked(self):
        """Ask in stages that wait for a vendor and one move before them, where a gate may want the vendor's name."""
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

    # --- What clients may search tickets by: a search for what they may not read would tell it all the same. ---

    def _search(self, domain, *args, **kwargs):
        if self.env.user.share and not self.env.su:
            self._check_may_search(domain)
        return super()._search(domain, *args, **kwargs)

    def _check_may_search(self, domain):
        conditions = [condition for condition in domain if isinstance(condition, tuple | list)]
        for name in {str(condition[0]).split(".")[0] for condition in conditions}:
            field = self._fields.get(name)
            if not field or field.type != "one2many":
                continue
            if name == "message_ids" or not may_read_field(self, name):
                label = field._description_string(self.env)
                raise AccessError(self.env._("You cannot search tickets by “%s”. Use another filter.", label))

    # --- Mail of a program's request goes by the queue: nobody waits, and a request that is retried mails once. ---

    def _track_template(self, tracking):
        found = super()._track_template(tracking)
        if found and find_origin(self.env) is Origin.API:
            for _template, values in found.values():
                values["force_send"] = False
            self._wake_mail_queue()
        return found

    def _wake_mail_queue(self):
        """Have the mail queue run after the commit: once, however many mails go into it."""
        data = self.env.cr.precommit.data
        if not data.get(_KEY):
            data[_KEY] = True
            # sudo: starting the job of the mail queue needs rights that a client's program does not have.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
