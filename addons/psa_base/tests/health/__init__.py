from . import test_hub_dashboard_tour
from . import test_hub_health
from . import test_hub_metrics
