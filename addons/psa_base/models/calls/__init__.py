from . import psa_hub_subject_mixin
from . import psa_hub_connection
from . import psa_hub_connection_credential
from . import psa_hub_credential
from . import psa_hub_circuit
from . import psa_hub_outbox
from . import psa_hub_outbox_sending
