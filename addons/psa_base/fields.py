"""Fields that Odoo does not have."""

from odoo import fields


class LooseMany2one(fields.Many2one):
    """A link without a foreign key, for ledgers that get thousands of rows about one record at once.

    PostgreSQL locks the record that a row links to, once for every row: with one record for all of them
    this costs more than the rows. Whoever uses it sees to it that the record is not deleted.
    """

    def update_db_foreign_key(self, model, column):
        """Leave the column as it is."""
