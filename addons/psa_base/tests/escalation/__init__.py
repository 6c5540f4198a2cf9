from . import test_sla_breach
from . import test_sla_delivery
from . import test_sla_sweep
from . import test_sla_sweep_at_once
from . import test_sla_threshold
from . import test_sla_webhook
