from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _set_up_australian_books(self):
        """Give companies without books the Australian chart of accounts, with GST rounded once per invoice.

        The GST Act lets the supplier choose (s 9-90); the total invoice rule makes it 10 % of the total
        to the cent, which is what a client checks.

        A company that has posted anything, or chose another country's chart, is left alone.
        """
        for company in self.filtered(lambda company: company._is_open_to_australian_books()):
            company.country_id = self.env.ref("base.au")
            company.partner_id.tz = company.partner_id.tz or "Australia/Sydney"
            self.env["account.chart.template"].try_loading("au", company=company, install_demo=False)
            # The defaults for rounding and for the title “Tax invoice” differ between the series, so both are set.
            company.tax_calculation_rounding_method = "round_globally"
            if "l10n_au_is_gst_registered" in company._fields:
                company.l10n_au_is_gst_registered = True
            company._tax_untaxed_products()

    def _is_open_to_australian_books(self):
        return self.chart_template in (False, "generic_coa") and not self._existing_accounting()

    def _tax_untaxed_products(self):
        """Give products that were made before there were taxes the default sales tax."""
        products = self.env["product.template"].search(
            [
                *self.env["product.template"]._check_company_domain(self),
                ("taxes_id", "=", False),
                ("sale_ok", "=", True),
            ]
        )
        products._force_default_sale_tax(self)
