from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...series import ALL_GROUP_USERS


class PsaSlaReactionMixin(models.AbstractModel):
    """What happens when an SLA threshold comes due: whom it tells, by what, and what it does to the ticket."""

    _name = "psa.sla.reaction.mixin"
    _description = "Reaction of an SLA threshold"

    tell_assignee = fields.Boolean(string="Assignee", help="Without one, the team leader, else Operations.")
    tell_leader = fields.Boolean(string="Team leader", help="Without one, Operations.")
    tell_team = fields.Boolean(string="Whole team")
    tell_operations = fields.Boolean(string="Operations", help="Everybody with the role Operations.")
    tell_manager = fields.Boolean(
        string="Manager", help="The leader of the parent team, else the company's SLA manager, else Operations."
    )
    tell_user_ids = fields.Many2many("res.users", string="These people", domain="[('share', '=', False)]")
    tell_contact = fields.Boolean(string="Client's contact", help="By mail only, and for the client layer only.")

    by_activity = fields.Boolean(string="Activity", help="Something to do today, on the ticket.")
    by_inbox = fields.Boolean(
        string="Notification", help="In the inbox of Odoo, or by mail for people who get their notifications so."
    )
    mail_template_id = fields.Many2one(
        "mail.template", string="Mail", ondelete="restrict", domain="[('model', '=', 'psa.sla.alert')]"
    )
    webhook_id = fields.Many2one(
        "psa.hub.connection",
        domain="[('adapter', '=', 'webhook')]",
        ondelete="restrict",
        help="The alert is posted to this system as well: a connection with the adapter for outgoing webhooks.",
    )

    escalation_level = fields.Integer(
        string="Escalate to level", tracking=True, help="0: this is a warning, nothing is escalated."
    )
    reassign_to = fields.Selection(
        [("leader", "The team leader"), ("user", "A person of the team")],
        string="Reassign to",
        tracking=True,
    )
    reassign_user_id = fields.Many2one(
        "res.users", string="Person", ondelete="restrict", domain="[('share', '=', False)]"
    )
    raise_priority = fields.Selection(
        [("one", "By one step"), ("critical", "To critical")], string="Raise the priority", tracking=True
    )
    tag_ids = fields.Many2many("helpdesk.ticket.tag", string="Add tags")

    audience = fields.Char(string="Tells", compute="_compute_audience")

    @api.depends(lambda self: self._get_audience_fields())
    def _compute_audience(self):
        names = [name for name in self._get_audience_fields() if name != "tell_user_ids"]
        labels = {name: self._fields[name]._description_string(self.env) for name in names}
        for threshold in self:
            told = [labels[name] for name in names if threshold[name]] + threshold.tell_user_ids.mapped("name")
            threshold.audience = ", ".join(told)

    @api.constrains("tell_contact", "layer", "mail_template_id")
    def _check_contact(self):
        for threshold in self.filtered("tell_contact"):
            if threshold.layer != "client":
                raise ValidationError(
                    self.env._("Internal targets are the desk's own: choose the client layer for %s.", threshold.name)
                )
            if not threshold.mail_template_id:
                raise ValidationError(self.env._("A client is told by mail: choose the mail of %s.", threshold.name))

    @api.constrains("reassign_to", "reassign_user_id")
    def _check_reassign(self):
        for threshold in self:
            if threshold.reassign_to == "user" and not threshold.reassign_user_id:
                raise ValidationError(self.env._("Choose the person that %s reassigns to.", threshold.name))

    @api.model
    def _get_audience_fields(self):
        return [name for name in self._fields if name.startswith("tell_")]

    def _get_users(self, ticket):
        """The people of the desk whom this threshold tells about the ticket."""
        self.ensure_one()
        team, company = ticket.team_id, ticket.company_id
        operations = self._get_operations(company)
        leader = team.user_id or operations
        users = self.tell_user_ids
        if self.tell_assignee:
            users |= ticket.user_id or leader
        if self.tell_leader:
            users |= leader
        if self.tell_team:
            users |= team.user_ids
        if self.tell_operations:
            users |= operations
        if self.tell_manager:
            users |= team.parent_id.user_id or company.sla_manager_id or operations
        return users.filtered("active")

    @api.model
    def _get_operations(self, company):
        users = self.env.ref("psa_base.group_operations")[ALL_GROUP_USERS]
        return users.filtered(lambda user: user.active and company in user.company_ids)
