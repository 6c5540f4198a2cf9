# A floor stands on the ones above it in this list: what extends a model comes after it.
from . import ground
from . import people
from . import calendar
from . import asset
from . import hub
from . import calls
from . import polls
from . import health
from . import monitoring
from . import ticket
from . import time
from . import lifecycle
from . import sla
from . import automation
from . import escalation
from . import api
from . import webhook
