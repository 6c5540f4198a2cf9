from urllib.parse import urlsplit

from odoo import models

from ...adapters import ADAPTERS

_PORTS = {"http": 80, "https": 443}


class PsaHubPlaceMixin(models.AbstractModel):
    """What was entered to call one host with is never sent to another one.

    Who may say where a connection calls could otherwise have a credential sent home that nobody can read.
    """

    _name = "psa.hub.place.mixin"
    _description = "Host of a connection"

    def write(self, vals):
        if not vals.keys() & {"adapter", "base_url"}:
            return super().write(vals)
        before = {connection: connection._get_place() for connection in self}
        result = super().write(vals)
        self.filtered(lambda connection: connection._get_place() != before[connection])._forget_credentials()
        return result

    def _get_place(self):
        """Scheme, host and port of what is called."""
        adapter = ADAPTERS.get(self.adapter)
        parts = urlsplit(self.base_url or (adapter.default_base_url if adapter else ""))
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)

    def _forget_credentials(self):
        # sudo: the sealed fields are closed to every user; who may write the record may say that they are void.
        self.sudo().write({"credential_sealed": False, "previous_credential_sealed": False, "credential_set_at": False})
