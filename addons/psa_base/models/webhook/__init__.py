from . import psa_api_event
from . import psa_api_subscription
from . import psa_api_subscription_health
from . import psa_api_subscription_people
from . import helpdesk_ticket
from . import res_partner
