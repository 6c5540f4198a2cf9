from . import alert_intake
from . import client_conversation
from . import client_lookup
from . import client_tickets
from . import client_view
from . import device_intake
from . import rmm_intake
from . import vendor_polls
