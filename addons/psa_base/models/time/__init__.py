from . import account_analytic_line
from . import helpdesk_ticket
from . import helpdesk_ticket_team
from . import timesheets_analysis_report
