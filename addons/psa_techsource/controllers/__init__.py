from .desk import ticket
from .portal import portal
