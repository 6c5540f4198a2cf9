from . import ticket
from . import webhook
