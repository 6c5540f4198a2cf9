"""Fields that Odoo does not have."""

from odoo import fields


class LooseMany2one(fields.Many2one):
    """A Many2one without a foreign key, for ledgers that get thousands of rows about one record at once.

    For every new row PostgreSQL would check each link, and lock the record that it leads to. With one record for all
    rows, that costs more than the rows themselves. Where the field is used, a comment says what keeps the record from
    being deleted.
    """

    def update_db_foreign_key(self, model, column):
        """Add no foreign key to the column."""
