from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...series import Constraint, get_implied_groups


class PsaDutyConflict(models.Model):
    """Two duties that must not meet in one person, as the roles or rights that bring them.

    Rights that a role brings count like the role. Who holds both is in `psa.duty.finding`.
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
        help="What the administrator reads who gives the second of the two.",
    )
    kind = fields.Selection(
        [("report", "Is reported"), ("refuse", "Is refused")],
        string="Both in one person",
        required=True,
        default="refuse",
        help="Refused: nobody can be given both; who had both before stays on the report. "
        "Reported: allowed, and on the report.",
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
        """Around every change of who has which rights: refuse it if somebody comes to hold both of a pair.

        Who held both before stays as they are. While addons are installed nothing is refused: half an
        installation would be worse, and the report tells.
        """
        if not self.pool.ready:
            yield
            return
        # sudo: the verdict does not depend on what the one who gives rights may read.
        findings = self.env["psa.duty.finding"].sudo()
        before = findings._find_refused()
        yield
        found = findings._find_refused()
        if new := [finding for pair, finding in found.items() if pair not in before]:
            raise UserError("\n".join(finding._explain() for finding in new))
