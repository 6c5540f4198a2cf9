"""`scripts/psa demo`."""

from .demo import run
