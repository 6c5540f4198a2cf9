from . import test_adapter_generic
from . import test_hub_inbox
from . import test_hub_webhook
from . import test_lifecycle_ways_in
from . import test_rmm_intake
from . import test_secrets_box
from . import test_standard_webhooks
