from . import test_lifecycle_nine_stages
from . import test_svr
from . import test_svr_portal
