"""The rules of the house that a program can hold.

They read the tree as text, Python syntax and XML; no addon is imported, so they run in a second and without a server.
Each rule is a function from a `Tree` to its findings. A new rule goes into the module of its subject, into that
module's `RULES`, and gets an offending and a tidy sample in `samples.py`, which prove that it can fail.
"""

from . import habits, layers, naming, packaging, roles, rooms, testing

MODULES = (layers, rooms, habits, naming, packaging, roles, testing)
RULES = {rule.__name__: rule for module in MODULES for rule in module.RULES}
