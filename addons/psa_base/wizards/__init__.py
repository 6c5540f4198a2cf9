from . import psa_secret_reveal
