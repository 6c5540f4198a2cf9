from . import test_api_event
from . import test_api_subscription
from . import test_api_subscription_health
from . import test_api_subscription_portal
