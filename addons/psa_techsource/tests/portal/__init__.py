from . import test_svr_portal
