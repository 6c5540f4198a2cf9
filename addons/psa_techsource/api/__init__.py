from . import routers
from . import schemas
