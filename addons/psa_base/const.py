"""Choices and names that several files need. Roles are in roles.py; what one file needs stands in it."""

# The priority of a ticket: OCA's keys with the words of a service desk.
PRIORITIES = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Critical")]

# How urgent a monitoring system calls its alert.
SOURCE_PRIORITIES = [("low", "Low"), ("normal", "Normal"), ("elevated", "Elevated"), ("critical", "Critical")]

# Whom an SLA target is for: the client, to whom it is promised, or the desk itself.
LAYERS = [("client", "Client"), ("internal", "Internal")]

# What a ticket has to reach in time.
TARGETS = [("response", "Response"), ("resolution", "Resolution")]

# The source of asset identities that `pulseway_id` on the asset repeats.
MAIN_SOURCE = "rmm"

# The `type` of routes that programs call; `api/dispatcher.py` serves them.
ROUTE_TYPE = "psa"
