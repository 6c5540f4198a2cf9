from . import test_asset
from . import test_asset_identity
from . import test_asset_match
from . import test_asset_ownership
from . import test_device_intake
from . import test_device_match
from . import test_device_race
from . import test_hub_conflict
