from . import test_ticket_asset
from . import test_ticket_checklist
from . import test_ticket_form
from . import test_ticket_portal
from . import test_ticket_recurrence
from . import test_ticket_template
