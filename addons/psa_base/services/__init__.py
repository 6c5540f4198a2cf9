from . import client_lookup
from . import client_tickets
from . import rmm_intake
