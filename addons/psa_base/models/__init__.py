from . import helpdesk_ticket
from . import psa_asset
from . import res_groups
