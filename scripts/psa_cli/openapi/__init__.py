"""`scripts/psa openapi`."""
