from . import test_time
