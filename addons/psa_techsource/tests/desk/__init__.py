from . import test_api_tickets
from . import test_lifecycle_nine_stages
from . import test_lifecycle_properties
from . import test_lifecycle_why
from . import test_ticket_form
from . import test_timers
from . import test_tours
