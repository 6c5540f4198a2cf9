from . import test_service_calendars
