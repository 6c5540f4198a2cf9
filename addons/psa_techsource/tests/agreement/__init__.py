from . import test_seats
from . import test_sla_agreement
