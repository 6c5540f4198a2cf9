"""`scripts/psa test`."""
