from . import contract_contract
from . import contract_line
from . import helpdesk_sla
from . import helpdesk_ticket
from . import product_template
