from . import test_l4
from . import test_role_matrix
from . import test_security
from . import test_words
