from . import psa_lifecycle_action
from . import psa_lifecycle_timer
from . import psa_lifecycle_timer_due
from . import helpdesk_ticket
