from . import errors
from . import dispatcher
from . import idempotency
from . import route
from . import routers
from . import schemas
from . import events
