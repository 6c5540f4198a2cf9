from . import common
from . import problem
from . import tickets
