from . import errors
from . import dispatcher
