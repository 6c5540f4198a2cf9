from . import api_key
from . import metrics
from . import ticket
from . import webhook
