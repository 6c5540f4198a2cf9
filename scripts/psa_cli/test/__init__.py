"""`scripts/psa test`."""

from .testing import run
