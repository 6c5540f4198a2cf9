from .agreement import *
from .api import *
from .billing import *
from .calendar import *
from .desk import *
from .ground import *
from .portal import *
from .svr import *
