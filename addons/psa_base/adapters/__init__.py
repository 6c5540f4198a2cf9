"""One adapter for each vendor; `psa.hub.connection.adapter` is a key of the register.

Every module of this folder is loaded, so that another adapter is one more file.
"""

import importlib
import pkgutil

from .registry import ABSENT, ADAPTERS, get_adapter, register

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
