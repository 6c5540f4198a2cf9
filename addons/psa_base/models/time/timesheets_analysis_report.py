from odoo import fields, models

from ...roles import COST_READERS


class TimesheetsAnalysisReport(models.Model):
    _inherit = "timesheets.analysis.report"

    # What an hour costs is in here as well as in the entry itself.
    amount = fields.Monetary(groups=COST_READERS)
