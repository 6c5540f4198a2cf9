from . import metrics
from . import ticket
from . import webhook
