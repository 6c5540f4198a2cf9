"""`scripts/psa screenshots`."""
