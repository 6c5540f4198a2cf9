from . import test_lifecycle_action
from . import test_lifecycle_reply
from . import test_lifecycle_timer
from . import test_lifecycle_timer_firing
from . import test_timer_durability
