from . import helpdesk_ticket
from . import psa_asset
from . import psa_hub_attempt
from . import psa_hub_connection
from . import psa_hub_message_mixin  # before the models that inherit it
from . import psa_hub_inbox
from . import res_groups
from . import res_partner
