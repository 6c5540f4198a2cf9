from . import psa_hub_connection
from . import psa_hub_alarm
from . import psa_hub_health
from . import psa_hub_health_dashboard
from . import psa_hub_health_metrics
from . import psa_metrics_key
