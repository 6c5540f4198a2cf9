from . import api_key
from . import api_subscription
from . import metrics
from . import ticket
from . import webhook
