from . import common
from . import problem
from . import assets
from . import comments
from . import tickets
