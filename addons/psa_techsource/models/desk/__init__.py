from . import helpdesk_ticket
from . import psa_lifecycle
from . import psa_lifecycle_gate
