from . import test_billing
from . import test_l4
from . import test_lifecycle_nine_stages
from . import test_seats
from . import test_security
from . import test_svr
from . import test_svr_portal
from . import test_tours
