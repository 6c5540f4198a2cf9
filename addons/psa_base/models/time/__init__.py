from . import account_analytic_line
from . import timesheets_analysis_report
