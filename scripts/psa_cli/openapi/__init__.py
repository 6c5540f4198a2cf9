"""`scripts/psa openapi`."""

from .openapi import run
