from . import test_hub_client
from . import test_hub_sync
from . import test_hub_sync_faults
from . import test_hub_sync_letters
