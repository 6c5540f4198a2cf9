from . import test_api_svrs
from . import test_svr
