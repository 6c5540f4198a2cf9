import secrets

from odoo import api, models

from ..story.clients import PORTAL_CLIENT
from ..story.hub import API_KEY, CONNECTION
from ..story.world import MODULE

ROLES = {
    "admin": "user_admin",
    "operations": "user_operations",
    "support": "user_support",
    "accounts": "user_accounts",
    "client": f"user_{PORTAL_CLIENT}",
}


class PsaDemo(models.AbstractModel):
    """Hands out the ways into a demo database. Each database gets its own: none is in the code."""

    _name = "psa.demo"
    _description = "Ways into the demo"

    @api.private
    @api.model
    def issue_credentials(self):
        """Make new passwords, a new API key and a new signing secret; those before stop working."""
        return {
            "users": self._issue_passwords(),
            "api": {"base": "/psa/api/v1", "key": self.env.ref(f"{MODULE}.{API_KEY}")._rotate_key()},
            "webhooks": {"generic": self._issue_signing_secret()},
        }

    def _issue_passwords(self):
        users = {}
        for role, key in ROLES.items():
            user = self.env.ref(f"{MODULE}.{key}")
            password = secrets.token_urlsafe(12)
            user.password = password
            users[role] = {"login": user.login, "password": password}
        return users

    def _issue_signing_secret(self):
        connection = self.env.ref(f"{MODULE}.{CONNECTION}")
        connection.action_new_address()
        secret = connection._rotate_secret()
        connection.action_revoke_previous_secret()
        return {"url": f"/psa/webhook/{connection.token}", "secret": secret}
