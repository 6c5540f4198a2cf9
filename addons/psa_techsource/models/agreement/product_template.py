from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    is_managed_seat = fields.Boolean(
        string="Managed seat",
        help="On an agreement, the quantity of this product is the number of the client's active assets.",
    )
