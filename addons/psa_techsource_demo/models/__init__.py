from . import psa_demo
