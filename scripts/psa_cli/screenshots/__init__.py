"""`scripts/psa screenshots`."""

from .screenshots import run
