from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...series import Constraint, get_implied_groups


class PsaDutyConflict(models.Model):
    """Two duties that one person should not have both, given as two roles or rights.

    Rights that a role implies count as well. The people who have both are in `psa.duty.finding`.
    """

    _name = "psa.duty.conflict"
    _description = "Conflict of duties"
    _order = "kind desc, id"

    name = fields.Char(required=True, translate=True)
    group_id = fields.Many2one("res.groups", string="Who has", required=True, ondelete="cascade")
    other_group_id = fields.Many2one("res.groups", string="Should not have", required=True, ondelete="cascade")
    reason = fields.Text(
        string="Why",
        required=True,
        translate=True,
        help="Shown to the administrator who gives a person the second of the two.",
    )
    kind = fields.Selection(
        [("report", "Is reported"), ("refuse", "Is refused")],
        string="Both in one person",
        required=True,
        default="refuse",
        help="Refused: nobody can be given both. People who had both before keep them, and are on the report. "
        "Reported: both are allowed, and on the report.",
    )
    active = fields.Boolean(default=True)
    finding_ids = fields.One2many("psa.duty.finding", "conflict_id", string="People with both")

    _groups_uniq = Constraint("unique(group_id, other_group_id)", "There is a conflict of these two already.")

    @api.constrains("group_id", "other_group_id")
    def _check_groups_can_be_apart(self):
        for conflict in self:
            one, other = conflict.group_id, conflict.other_group_id
            if other in get_implied_groups(one) or one in get_implied_groups(other):
                raise ValidationError(
                    self.env._(
                        "One of %(one)s and %(other)s brings the other, so nobody could have it. "
                        "Choose two that can be apart.",
                        one=one.display_name,
                        other=other.display_name,
                    )
                )

    @api.model
    @contextmanager
    def _refuse_new(self):
        """Wrap a change of who has which rights, and refuse it if it gives somebody both of a pair.

        People who had both before do not matter. While addons are installed nothing is refused: half an installation
        would be worse, and the report shows those people.
        """
        if not self.pool.ready:
            yield
            return
        # sudo: all findings count, also those that the person who gives rights may not read.
        findings = self.env["psa.duty.finding"].sudo()
        before = findings._find_refused()
        yield
        found = findings._find_refused()
        if new := [finding for pair, finding in found.items() if pair not in before]:
            raise UserError("\n".join(finding._explain() for finding in new))
