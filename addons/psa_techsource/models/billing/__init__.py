from . import account_analytic_line
from . import account_move
from . import account_move_line
from . import helpdesk_ticket
from . import techsource_billed_time
from . import techsource_billing_rule
from . import techsource_svr
