from . import routers
from . import schemas
from . import events
