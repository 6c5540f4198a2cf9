from .api import api_key
from .webhook import api_subscription
from .health import metrics
from .ticket import ticket
from .hub import webhook
