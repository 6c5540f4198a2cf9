# From the ground up: what extends a model stands below the room that has it.
from . import desk
from . import billing
from . import svr
from . import agreement
from . import books
from . import portal
