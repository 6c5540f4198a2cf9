from odoo import api, fields, models
from odoo.exceptions import UserError


class PsaHubOwnerMixin(models.AbstractModel):
    """Who looks after a message: the owner of its connection, until it is given to somebody else."""

    _name = "psa.hub.owner.mixin"
    _description = "Owner of a message"

    assignee_id = fields.Many2one(
        "res.users", string="Given to", readonly=True, index="btree_not_null", ondelete="set null"
    )
    assigned_by_id = fields.Many2one("res.users", string="Given by", readonly=True, ondelete="set null")
    assigned_at = fields.Datetime(string="Given on", readonly=True)
    owner_id = fields.Many2one("res.users", compute="_compute_owner_id", search="_search_owner_id")

    @api.depends("assignee_id", "connection_id.owner_id")
    def _compute_owner_id(self):
        for message in self:
            message.owner_id = message.assignee_id or message.connection_id.owner_id

    def _search_owner_id(self, operator, value):
        inherited = ["&", ("assignee_id", "=", False), ("connection_id.owner_id", operator, value)]
        return ["|", "&", ("assignee_id", "!=", False), ("assignee_id", operator, value), *inherited]

    def _assign(self, user):
        """Give dead letters to `user`, with an entry in the audit for each. Nothing else about them changes."""
        self._check_may_settle()
        if any(message.state != "dead" for message in self):
            raise UserError(self.env._("Only dead letters have an owner to change; select those alone."))
        if not user.has_group("psa_base.group_operations"):
            raise UserError(
                self.env._("%s cannot settle dead letters: give them to somebody from operations.", user.name)
            )
        moved = self.filtered(lambda message: message.owner_id != user)
        before = {message: message.owner_id.name for message in moved}
        # sudo: the ledger is open to nobody. `super` passes the guard of the message.
        super(PsaHubOwnerMixin, moved.sudo()).write(
            {"assignee_id": user.id, "assigned_by_id": self.env.uid, "assigned_at": fields.Datetime.now()}
        )
        reason = self.env._("A dead letter was given to somebody else.")
        self.env["psa.audit.entry"]._log(moved, "dead_letter", reason, before.get, user.name)
        return moved
