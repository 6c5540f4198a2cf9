from . import lifecycle_matrix
from . import own_transaction
from . import secrets_box
from . import standard_webhooks
from . import strict_json
from . import text
