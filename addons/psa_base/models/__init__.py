# First, because tickets inherit from it.
from . import psa_lifecycle_mixin

# isort: split
from . import account_analytic_line
from . import helpdesk_sla
from . import helpdesk_ticket
from . import helpdesk_ticket_sla
from . import helpdesk_ticket_stage
from . import helpdesk_ticket_team
from . import psa_asset
from . import psa_lifecycle
from . import psa_lifecycle_gate
from . import psa_lifecycle_override
from . import psa_lifecycle_transition
from . import res_groups
from . import res_partner
