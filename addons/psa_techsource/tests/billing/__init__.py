from . import test_api_invoices
from . import test_billing
