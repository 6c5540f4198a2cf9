from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools.origin import Origin


@dataclass(frozen=True, slots=True)
class Dispute:
    """The latest conflict about a field of an asset, as plain data."""

    conflict_id: int
    state: str
    ours: str
    theirs: str

    def is_about(self, ours, theirs):
        """Whether these two values are no news: they are in question already, or a person decided about them."""
        if self.state == "kept":
            return self.theirs == theirs
        return self.state == "open" and (self.ours, self.theirs) == (ours, theirs)


class PsaHubConflict(models.Model):
    """Monitoring reports another value for a field than the asset has, and a person is to decide.

    A field of an asset has one open conflict at most. Once a person keeps our value, the same value of theirs opens
    no conflict again.
    """

    _name = "psa.hub.conflict"
    _description = "Conflict with monitoring"
    _inherit = ["psa.state.mixin"]
    _order = "told_at desc, id desc"

    asset_id = fields.Many2one("psa.asset", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="asset_id.company_id", store=True)
    partner_id = fields.Many2one(related="asset_id.partner_id", string="Client", store=True, index=True)
    connection_id = fields.Many2one("psa.hub.connection", readonly=True, index="btree_not_null", ondelete="set null")
    field = fields.Selection(
        [("name", "Hostname"), ("serial_number", "Serial number"), ("os_info", "Operating system")],
        required=True,
        readonly=True,
    )
    ours = fields.Char(string="Here", readonly=True)
    theirs = fields.Char(string="Monitoring says", readonly=True)
    told_at = fields.Datetime(string="Told on", required=True, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("taken", "Theirs taken"), ("kept", "Ours kept"), ("agreed", "Agreed meanwhile")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_at = fields.Datetime(string="Decided on", readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS psa_hub_conflict_open_idx
                ON psa_hub_conflict (asset_id, field) WHERE state = 'open'
            """
        )

    @api.depends("field", "asset_id")
    def _compute_display_name(self):
        for conflict in self:
            conflict.display_name = f"{conflict.asset_id.display_name}: {conflict._get_field_label()}"

    def action_take_theirs(self):
        """Monitoring is right: write its values to the assets."""
        conflicts = self._get_to_decide()
        conflicts._write_side("theirs")
        conflicts._update_state({"open"}, "taken", **self._prepare_decision())

    def action_keep_ours(self):
        """Our values are right: keep them until monitoring reports others."""
        self._get_to_decide()._update_state({"open"}, "kept", **self._prepare_decision())

    def action_undo(self):
        """Put our values back where theirs were taken, and open the conflicts again."""
        self._check_may_decide()
        conflicts = self.filtered(lambda conflict: conflict.state in ("taken", "kept"))
        conflicts._check_can_undo()
        conflicts.filtered(lambda conflict: conflict.state == "taken")._write_side("ours")
        conflicts._update_state({"taken", "kept"}, "open", decided_by_id=False, decided_at=False)

    def _check_can_undo(self):
        latest = self._get_latest(self.asset_id.ids)
        for conflict in self:
            values = {"field": conflict._get_field_label(), "asset": conflict.asset_id.display_name}
            if latest[conflict.asset_id.id, conflict.field].conflict_id != conflict.id:
                raise UserError(
                    self.env._(
                        "There is a newer conflict about %(field)s of %(asset)s: decide that one, or undo it.", **values
                    )
                )
            if conflict.state == "taken" and (conflict.asset_id[conflict.field] or "") != conflict.theirs:
                raise UserError(
                    self.env._(
                        "%(field)s of %(asset)s has changed since then, so there is nothing to put back.", **values
                    )
                )

    def _get_to_decide(self):
        self._check_may_decide()
        conflicts = self.filtered(lambda conflict: conflict.state == "open")
        if not conflicts:
            raise UserError(self.env._("These are decided already. Undo a decision first to decide again."))
        return conflicts

    def _check_may_decide(self):
        self.check_access("read")
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may settle conflicts."))

    def _write_side(self, side):
        """Write one side's values, one write for each asset.

        The integration user writes them, because people may not change fields that monitoring owns.
        """
        user = self.env.ref("psa_base.user_integration")
        for asset, conflicts in self.grouped("asset_id").items():
            values = {conflict.field: conflict[side] or False for conflict in conflicts}
            asset.with_user(user).with_context(**Origin.HUB.context).write(values)

    def _prepare_decision(self):
        return {"decided_by_id": self.env.user.id, "decided_at": fields.Datetime.now()}

    def _write_state(self, values):
        # sudo: nobody may write conflicts by hand; whoever decides was checked for that.
        self.sudo().write(values)

    def _get_state_refusal(self, target):
        return self.env._("Somebody else has decided this meanwhile. Load the list again.")

    def _get_field_label(self):
        return dict(self._fields["field"]._description_selection(self.env))[self.field]

    @api.model
    def _get_latest(self, asset_ids):
        """{(asset ID, field): Dispute} of the latest conflict about each field, in one query."""
        if not asset_ids:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (asset_id, field)
                       asset_id, field, id, state, coalesce(ours, ''), coalesce(theirs, '')
                  FROM psa_hub_conflict WHERE asset_id = ANY(%s) ORDER BY asset_id, field, id DESC
                """,
                list(asset_ids),
            )
        )
        return {(asset_id, field): Dispute(*values) for asset_id, field, *values in rows}

    @api.model
    def _note_differences(self, connection, differences, agreed):
        """Keep what a page of devices says about conflicts.

        `differences` open one or bring an open one up to date: [(asset ID, field, ours, theirs, told on)]. For what
        is in `agreed` both sides have the same value by now, so its conflict is over: [(asset ID, field)].
        """
        if differences:
            self._open_conflicts(connection, differences)
        if agreed:
            assets, names = zip(*agreed, strict=True)
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE psa_hub_conflict SET state = 'agreed'
                      FROM unnest(%s::int[], %s::text[]) AS told (asset_id, field)
                     WHERE psa_hub_conflict.asset_id = told.asset_id AND psa_hub_conflict.field = told.field
                       AND state = 'open'
                    """,
                    list(assets),
                    list(names),
                )
            )
        if differences or agreed:
            self.invalidate_model()

    def _open_conflicts(self, connection, differences):
        now = fields.Datetime.now()
        latest = {(asset_id, field): values for asset_id, field, *values in differences}
        assets, names = zip(*latest, strict=True)
        ours, theirs, told = zip(*latest.values(), strict=True)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO psa_hub_conflict
                    (asset_id, company_id, partner_id, connection_id, field, ours, theirs, told_at, state,
                     create_uid, create_date, write_uid, write_date)
                SELECT asset.id, asset.company_id, asset.partner_id, %(connection)s, told.field, told.ours, told.theirs,
                       told.at, 'open', %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(%(assets)s::int[], %(names)s::text[], %(ours)s::text[], %(theirs)s::text[],
                              %(told)s::timestamp[]) AS told (asset_id, field, ours, theirs, at)
                  JOIN psa_asset asset ON asset.id = told.asset_id
                ON CONFLICT (asset_id, field) WHERE state = 'open' DO UPDATE
                   SET ours = EXCLUDED.ours, theirs = EXCLUDED.theirs, told_at = EXCLUDED.told_at,
                       connection_id = EXCLUDED.connection_id, write_date = EXCLUDED.write_date
                """,
                connection=connection.id,
                uid=self.env.uid,
                now=now,
                assets=list(assets),
                names=list(names),
                ours=list(ours),
                theirs=list(theirs),
                told=list(told),
            ),
            log_exceptions=False,
        )
