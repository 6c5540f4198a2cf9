from . import helpdesk_ticket
from . import helpdesk_ticket_work
from . import helpdesk_ticket_stage
from . import psa_ticket_checklist_item
from . import psa_ticket_template
from . import psa_ticket_recurrence
from . import psa_ticket_recurrence_schedule
from . import psa_ticket_recurrence_run
