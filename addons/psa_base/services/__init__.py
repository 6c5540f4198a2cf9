from . import rmm_intake
