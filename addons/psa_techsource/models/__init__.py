# Mixins first: the models that are made of them follow.
from . import techsource_svr_evidence_mixin
from . import techsource_svr_billing_mixin
from . import techsource_svr_content_mixin
from . import techsource_svr_decision_mixin
from . import techsource_svr_document_mixin
from . import techsource_svr_followup_mixin
from . import techsource_ticket_routing_mixin

from . import account_analytic_line
from . import account_move
from . import account_move_line
from . import contract_contract
from . import contract_line
from . import helpdesk_sla
from . import helpdesk_ticket
from . import ir_actions_report
from . import ir_http
from . import product_template
from . import psa_lifecycle
from . import psa_lifecycle_gate
from . import res_company
from . import techsource_billed_time
from . import techsource_billing_rule
from . import techsource_svr
from . import techsource_svr_line
