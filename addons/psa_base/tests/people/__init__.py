from . import test_client_move
from . import test_duties
from . import test_res_partner
from . import test_user_roles
