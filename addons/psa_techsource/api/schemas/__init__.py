from . import invoices
from . import svrs
