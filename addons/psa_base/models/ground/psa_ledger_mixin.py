from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class PsaLedgerMixin(models.AbstractModel):
    """A row of a ledger: what happened, as it happened. Rows are only ever added.

    `_insert` adds any number of them in one statement. `create`, `write` and `unlink` are refused to everybody,
    whatever the rights, so that no form, import or program can write history.
    """

    _name = "psa.ledger.mixin"
    _description = "Row of a ledger"

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        self._refuse_to_rewrite()

    def write(self, vals):  # pylint: disable=method-required-super
        self._refuse_to_rewrite()

    def unlink(self):  # pylint: disable=method-required-super
        self._refuse_to_rewrite()

    def _refuse_to_rewrite(self):
        raise UserError(
            self.env._(
                "%s is a record of what happened: nobody can add to it, change it or delete from it.",
                self._description,
            )
        )

    @api.model
    def _insert(self, rows, **shared):
        """Add rows, given as dicts with the same keys, and return them. All rows get the `shared` values."""
        if not rows:
            return self.browse()
        converters = {name: self._fields[name].convert_to_column_insert for name in rows[0]}
        common = tuple(self._fields[name].convert_to_column_insert(value, self) for name, value in shared.items())
        values = [(*(convert(row[name], self, row) for name, convert in converters.items()), *common) for row in rows]
        insert = SQL(
            "INSERT INTO %s (%s) VALUES %s RETURNING id",
            SQL.identifier(self._table),
            SQL(", ").join(map(SQL.identifier, (*converters, *shared))),
            SQL(", ").join(SQL("%s", row) for row in values),
        )
        return self.browse(row_id for (row_id,) in self.env.execute_query(insert))

    def _set_values(self, **values):
        """Write, by SQL, columns that tell how the engine goes on with a row. What happened never changes."""
        self.env.execute_query(
            SQL(
                "UPDATE %s SET %s WHERE id IN %s RETURNING id",
                SQL.identifier(self._table),
                self._get_assignments(**values),
                tuple(self.ids) or (0,),
            )
        )
        self.invalidate_recordset()

    def _get_assignments(self, **values):
        return SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items())
