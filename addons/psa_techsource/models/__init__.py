# A room stands on the ones above it in this list: what extends a model comes after it.
from . import desk
from . import svr
from . import billing
from . import agreement
from . import books
from . import portal
