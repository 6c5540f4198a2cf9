"""One adapter for each vendor; `psa.hub.connection.adapter` is a key of this register."""

from .generic import GenericAdapter

ADAPTERS = {
    "generic": GenericAdapter(),
}
