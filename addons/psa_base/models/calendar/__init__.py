from . import psa_working_time_mixin
from . import resource_calendar
from . import resource_calendar_attendance
from . import resource_calendar_leaves
from . import psa_public_holiday_wizard
