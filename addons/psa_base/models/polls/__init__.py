from . import psa_hub_connection
from . import psa_hub_organization
from . import psa_hub_sync
from . import psa_hub_sync_run
from . import res_partner
