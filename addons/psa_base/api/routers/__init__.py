from . import fallback
from . import tickets
