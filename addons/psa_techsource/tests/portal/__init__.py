from . import test_approval_tour
from . import test_svr_portal
