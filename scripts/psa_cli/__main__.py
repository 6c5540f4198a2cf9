"""`python -m psa_cli`: what scripts/psa hands over to."""

from .cli import main

main()
