from . import test_audit_entry
from . import test_cached
from . import test_permit
from . import test_scheduled_actions
from . import test_role_matrix
from . import test_security
from . import test_state
from . import test_words
