from . import test_asset
from . import test_lifecycle
from . import test_lifecycle_ways_in
from . import test_security
from . import test_sla_layer
from . import test_ticket_asset
from . import test_time
