import secrets

from odoo import api, models

from ..story.clients import PORTAL_CLIENT
from ..story.hub import API_KEY, CONNECTIONS, PULSEWAY, ROCKETCYBER
from ..story.world import MODULE

ROLES = {
    "admin": "user_admin",
    "operations": "user_operations",
    "support": "user_support",
    "accounts": "user_accounts",
    "client": f"user_{PORTAL_CLIENT}",
}

# The credentials of psa_base/tests/vendor_simulator. They open nothing else.
SIMULATED_CREDENTIALS = {
    PULSEWAY: ("sim-token-id", "sim-token-secret"),
    ROCKETCYBER: ("", "sim-rocketcyber-token"),
}


class PsaDemo(models.AbstractModel):
    """Issues the credentials of a demo database. Each database has its own, and none is in the code."""

    _name = "psa.demo"
    _description = "Ways into the demo"

    @api.private
    @api.model
    def issue_credentials(self):
        """Make new passwords, a new API key and new signing secrets. The old ones stop working."""
        for key, credential in SIMULATED_CREDENTIALS.items():
            self._enter_credential(key, *credential)
        return {
            "users": self._issue_passwords(),
            "api": {"base": "/psa/api/v1", "key": self.env.ref(f"{MODULE}.{API_KEY}")._rotate_key()},
            "webhooks": {values["adapter"]: self._issue_signing_secret(key) for key, values in CONNECTIONS.items()},
        }

    def _issue_passwords(self):
        users = {}
        for role, key in ROLES.items():
            user = self.env.ref(f"{MODULE}.{key}")
            password = secrets.token_urlsafe(12)
            user.password = password
            users[role] = {"login": user.login, "password": password}
        return users

    def _issue_signing_secret(self, key):
        """Give a connection a new address and secret. Pulseway makes its secrets itself: 64 hexadecimal digits."""
        connection = self.env.ref(f"{MODULE}.{key}")
        connection.action_new_address()
        if key == PULSEWAY:
            secret = secrets.token_hex(32)
            self._keep_credential(connection, kind="signing", secret=secret)
        else:
            secret = connection._rotate_secret()
        connection.action_revoke_previous_secret()
        return {"url": f"/psa/webhook/{connection.token}", "secret": secret}

    def _enter_credential(self, key, identifier, secret):
        connection = self.env.ref(f"{MODULE}.{key}")
        self._keep_credential(connection, kind="credential", identifier=identifier, secret=secret)
        connection.action_revoke_previous_credential()

    def _keep_credential(self, connection, **values):
        """Enter a credential by the dialog in which people enter it."""
        self.env["psa.hub.credential"].create({"connection_id": connection.id, **values}).action_keep()
