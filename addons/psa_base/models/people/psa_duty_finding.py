from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL


class PsaDutyFinding(models.Model):
    """A person who has both sides of a conflict of duties. This is a query on the present rights, and no table."""

    _name = "psa.duty.finding"
    _description = "Person with conflicting duties"
    _auto = False
    _order = "kind desc, conflict_id, user_id"
    _rec_name = "user_id"

    conflict_id = fields.Many2one("psa.duty.conflict", readonly=True)
    user_id = fields.Many2one("res.users", string="Person", readonly=True)
    kind = fields.Selection([("report", "Is reported"), ("refuse", "Is refused")], string="Both", readonly=True)
    is_user_active = fields.Boolean(string="Can log in", readonly=True)
    group_id = fields.Many2one(related="conflict_id.group_id")
    other_group_id = fields.Many2one(related="conflict_id.other_group_id")
    reason = fields.Text(related="conflict_id.reason")

    @property
    def _table_query(self):
        """The query follows all implied groups, because 19.0 stores only the groups that a person was given."""
        return SQL(
            """
            WITH RECURSIVE held(uid, gid) AS (
                SELECT uid, gid FROM res_groups_users_rel WHERE uid != %s
                UNION
                SELECT held.uid, implied.hid FROM held JOIN res_groups_implied_rel implied ON implied.gid = held.gid
            )
            SELECT row_number() OVER (ORDER BY conflict.id, held.uid) AS id,
                   conflict.id AS conflict_id, conflict.kind, held.uid AS user_id, person.active AS is_user_active
              FROM psa_duty_conflict conflict
              JOIN held ON held.gid = conflict.group_id
              JOIN held other ON other.gid = conflict.other_group_id AND other.uid = held.uid
              JOIN res_users person ON person.id = held.uid
             WHERE conflict.active
            """,
            SUPERUSER_ID,
        )

    @api.model
    def _find_refused(self):
        """{(conflict ID, user ID): finding} of the conflicts that are refused, as the database has them now."""
        self.env.flush_all()
        self.invalidate_model()
        refused = self.with_context(active_test=False).search([("kind", "=", "refuse")])
        return {(finding.conflict_id.id, finding.user_id.id): finding for finding in refused}

    def _explain(self):
        return self.env._(
            "%(person)s cannot be both %(one)s and %(other)s: %(why)s Give one of the two to somebody else.",
            person=self.user_id.name,
            one=self.group_id.name,
            other=self.other_group_id.name,
            why=self.reason,
        )
