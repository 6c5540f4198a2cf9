from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...roles import COST_READERS
from ...series import may_read_field

APPROVER_GROUPS = ("psa_base.group_operations", "psa_base.group_accounts")

APPROVAL_FIELDS = {"approval_state", "approved_by_id", "approved_at", "written_by_id"}

# What an entry says: whoever wrote one of these last has written the entry.
WRITTEN_FIELDS = {"date", "employee_id", "name", "ticket_id", "unit_amount", "user_id"}


class AccountAnalyticLine(models.Model):
    """Time on a ticket: recorded by whoever worked, approved by somebody else, and locked after that."""

    _inherit = "account.analytic.line"

    ticket_id = fields.Many2one("helpdesk.ticket", index="btree_not_null", ondelete="restrict")
    ticket_team_id = fields.Many2one(related="ticket_id.team_id", string="Team", store=True, index="btree_not_null")
    ticket_client_id = fields.Many2one(
        related="ticket_id.commercial_partner_id", string="Client", store=True, index="btree_not_null"
    )
    approval_state = fields.Selection(
        [("draft", "To approve"), ("approved", "Approved")],
        string="Approval",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    approved_by_id = fields.Many2one("res.users", string="Approved by", readonly=True, copy=False)
    approved_at = fields.Datetime(string="Approved on", readonly=True, copy=False)
    written_by_id = fields.Many2one(
        "res.users",
        string="Last written by",
        readonly=True,
        copy=False,
        help="Who last set the hours, date or text, for themselves or for a colleague.",
    )
    amount = fields.Monetary(groups=COST_READERS)

    @api.model_create_multi
    def create(self, vals_list):
        untouched = dict.fromkeys(APPROVAL_FIELDS, False) | {
            "approval_state": "draft",
            "written_by_id": self.env.uid,
        }
        vals_list = [self._fill_from_ticket(vals) | untouched for vals in vals_list]
        self._check_ticket_access(vals_list)
        self._check_employees_exist([vals for vals in vals_list if vals.get("ticket_id")])
        return super().create(vals_list)

    def write(self, vals):
        if APPROVAL_FIELDS & vals.keys():
            raise UserError(self.env._("Approve time with the button Approve, and take it back with Reset."))
        if vals.keys() - self._get_fields_open_after_approval():
            self._check_not_approved()
        self._check_ticket_access([vals])
        own = self.filtered(lambda line: line.ticket_id and line.user_id == self.env.user)
        if not WRITTEN_FIELDS.isdisjoint(vals):
            vals = {**vals, "written_by_id": self.env.uid}
        result = super().write(self._fill_from_ticket(vals))
        if own.filtered(lambda line: line.user_id != self.env.user):
            raise UserError(self.env._("Your time stays yours. Delete it, and let whoever did the work enter theirs."))
        return result

    def copy_data(self, default=None):
        """Whoever may not see what an hour costs may still copy an entry: the cost is calculated anew."""
        if may_read_field(self, "amount"):
            return super().copy_data(default)
        copies = super().copy_data({**(default or {}), "amount": 0.0})
        return [{name: value for name, value in vals.items() if name != "amount"} for vals in copies]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        self._check_not_approved()

    def action_approve(self):
        self._check_is_approver()
        self._check_is_not_own_work()
        self._update_approval_state(
            {"draft"}, "approved", approved_by_id=self.env.uid, approved_at=fields.Datetime.now()
        )

    def action_reset_to_draft(self):
        self._check_is_approver()
        self._check_time_can_be_reset()
        self._update_approval_state({"approved"}, "draft", approved_by_id=False, approved_at=False)

    def _update_approval_state(self, allowed, target, **values):
        """The one door to the approval state. Entries that are in the target already stay as they are."""
        lines = self.filtered(lambda line: line.ticket_id and line.approval_state in allowed)
        return super(AccountAnalyticLine, lines).write({"approval_state": target, **values})

    def _check_is_approver(self):
        is_person = self.env.uid != SUPERUSER_ID
        if not (is_person and any(map(self.env.user.has_group, APPROVER_GROUPS))):
            raise AccessError(self.env._("Time is approved by Operations or Accounts."))

    def _check_is_not_own_work(self):
        """Who worked the time, entered it or changed it last does not approve it."""
        user = self.env.user
        if any(line.user_id == user for line in self):
            raise UserError(self.env._("Nobody approves their own time. Ask a colleague to approve yours."))
        for line in self.filtered("ticket_id"):
            if user in (line.create_uid, line.written_by_id):
                raise UserError(
                    self.env._(
                        "You have written “%(name)s” of %(person)s yourself, so somebody else has to approve it.",
                        name=line.name,
                        person=line.user_id.name,
                    )
                )

    def _check_not_approved(self):
        if approved := self.filtered(lambda line: line.approval_state == "approved"):
            raise UserError(
                self.env._(
                    "Approved time cannot be changed: %(count)s of the entries are approved, the first is "
                    "“%(name)s” of %(user)s. Ask Operations or Accounts to reset them first.",
                    count=len(approved),
                    name=approved[0].name,
                    user=approved[0].user_id.name,
                )
            )

    def _check_time_can_be_reset(self):
        """Hook: raise if the approval must not be taken back, for example because the time is billed."""

    def _check_ticket_access(self, vals_list):
        """Time goes on tickets that the user may see: it ends up in the report to their client."""
        ticket_ids = {vals["ticket_id"] for vals in vals_list if vals.get("ticket_id")}
        self.env["helpdesk.ticket"].browse(ticket_ids).check_access("read")

    def _check_employees_exist(self, vals_list):
        user_ids = {vals.get("user_id") or self._default_user() for vals in vals_list if not vals.get("employee_id")}
        # sudo: booking asks who has an employee record, and shows no record to the user.
        employees = self.env["hr.employee"].sudo().search([("user_id", "in", list(user_ids))])
        if missing := self.env["res.users"].browse(user_ids) - employees.user_id:
            raise UserError(
                self.env._(
                    "%s has no employee record, so time cannot be booked. Ask an administrator to create one "
                    "under Employees and to link it to the user.",
                    missing[0].name,
                )
            )

    def _fill_from_ticket(self, vals):
        """Book time on a ticket on the project of the ticket's team."""
        if not vals.get("ticket_id") or vals.get("project_id"):
            return vals
        # sudo: people record time who need not be allowed to read teams and projects.
        ticket = self.env["helpdesk.ticket"].sudo().browse(vals["ticket_id"])
        if not ticket.team_id.project_id:
            raise UserError(
                self.env._(
                    "The team of ticket %s has no project for time. Ask an administrator to set one "
                    "under Configuration, Teams.",
                    ticket.number,
                )
            )
        return {**vals, "project_id": ticket.team_id.project_id.id}

    def _get_fields_open_after_approval(self):
        """Hook: fields that may still be written when the time is approved, for example its invoice."""
        return set()
