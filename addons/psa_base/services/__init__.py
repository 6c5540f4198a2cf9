from . import alert_intake
from . import client_lookup
from . import client_tickets
from . import device_intake
from . import rmm_intake
from . import vendor_polls
