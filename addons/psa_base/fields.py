"""Fields that Odoo does not have."""

from odoo import fields


class LooseMany2one(fields.Many2one):
    """A link without a foreign key, for ledgers that get thousands of rows about one record at once.

    PostgreSQL checks every link of every row, empty ones too, and locks the record that it leads to: with
    one record for all of them this costs more than the rows. Whoever uses it says what keeps the record.
    """

    def update_db_foreign_key(self, model, column):
        """Leave the column as it is."""
