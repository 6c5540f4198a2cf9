# First, because other models inherit from them.
from . import psa_hub_drain_mixin
from . import psa_hub_message_mixin
from . import psa_hub_secret_mixin
from . import psa_lifecycle_matrix_mixin
from . import psa_lifecycle_mixin
from . import psa_lifecycle_rules_mixin
from . import psa_lifecycle_why_mixin

# isort: split
from . import account_analytic_line
from . import helpdesk_sla
from . import helpdesk_ticket
from . import helpdesk_ticket_sla
from . import helpdesk_ticket_stage
from . import helpdesk_ticket_team
from . import mail_message
from . import psa_api_idempotency
from . import psa_api_key
from . import psa_api_scope
from . import psa_api_usage
from . import psa_asset
from . import psa_hub_attempt
from . import psa_hub_connection
from . import psa_hub_inbox
from . import psa_lifecycle
from . import psa_lifecycle_gate
from . import psa_lifecycle_override
from . import psa_lifecycle_transition
from . import psa_secret_reveal
from . import res_groups
from . import res_partner
