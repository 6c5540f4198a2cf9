from . import common
from . import tickets
