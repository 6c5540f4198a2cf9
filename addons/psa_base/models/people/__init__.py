from . import psa_duty_conflict
from . import psa_duty_finding
from . import res_groups
from . import res_users
from . import res_partner
