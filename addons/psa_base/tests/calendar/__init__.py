from . import test_public_holiday
from . import test_resource_calendar
from . import test_working_time
