from . import test_lifecycle
from . import test_lifecycle_dry_run
from . import test_lifecycle_gates
from . import test_lifecycle_matrix
from . import test_lifecycle_move
from . import test_lifecycle_refusal
from . import test_lifecycle_ways_in
from . import test_lifecycle_why
