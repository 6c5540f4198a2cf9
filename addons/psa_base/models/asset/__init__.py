from . import psa_asset_identity
from . import psa_asset
from . import psa_asset_ownership
from . import psa_asset_claim
from . import psa_asset_match
from . import psa_hub_ownership
from . import psa_hub_conflict
from . import res_partner
