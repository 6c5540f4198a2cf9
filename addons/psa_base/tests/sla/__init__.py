from . import test_sla_choice
from . import test_sla_clock
from . import test_sla_countdown
from . import test_sla_engine
from . import test_sla_layer
from . import test_sla_queries
from . import test_sla_whatif
