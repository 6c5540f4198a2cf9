"""`scripts/psa demo`."""
