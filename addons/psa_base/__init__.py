from . import api
from . import controllers
from . import models
