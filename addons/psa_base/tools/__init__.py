from . import own_transaction
from . import public_holidays
from . import secrets_box
from . import sla_clock
from . import standard_webhooks
from . import strict_json
from . import text
from . import working_time
