from . import docs
from . import fallback
from . import tickets
