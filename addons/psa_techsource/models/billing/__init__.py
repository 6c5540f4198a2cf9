from . import techsource_svr_billing_mixin
from . import account_move
from . import account_move_line
from . import techsource_billed_time
from . import techsource_billing_rule
