from . import test_api_events
from . import test_api_pdf
