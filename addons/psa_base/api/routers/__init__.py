from . import docs
from . import fallback
from . import tickets
from . import assets
from . import attachments
from . import comments
