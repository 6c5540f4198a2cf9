from odoo import api, fields, models
from odoo.exceptions import UserError

from ...adapters import ADAPTERS
from ...exceptions import CallError
from ...tools import secrets_box


class PsaHubRegistrationMixin(models.AbstractModel):
    """Vendors that can be told by their API where to post to; they make the signing secret themselves."""

    _name = "psa.hub.registration.mixin"
    _description = "Registration of an address"

    can_register_webhook = fields.Boolean(string="Vendor can be told", compute="_compute_can_register_webhook")
    webhook_registered_at = fields.Datetime(string="Registered at the vendor", readonly=True, copy=False)

    @api.depends("adapter")
    def _compute_can_register_webhook(self):
        for connection in self:
            adapter = ADAPTERS.get(connection.adapter)
            connection.can_register_webhook = bool(adapter and adapter.registers_webhooks)

    def action_register_webhook(self):
        """Have the vendor post to our address, and keep the secret that it signs with.

        Should this be cut off, it can be done again: the vendor has one webhook for an address.
        """
        self.ensure_one()
        self.check_access("write")
        if not self.can_register_webhook:
            raise UserError(self.env._("%s has to be told by hand: enter the address there.", self.name))
        try:
            with self._calling() as client:
                secret = ADAPTERS[self.adapter].register_webhook(client, f"Stratum PSA: {self.name}", self.url)
        except CallError as error:
            raise UserError(str(error)) from None
        self._take_signing_secret(secrets_box.seal(secret))
        self.webhook_registered_at = fields.Datetime.now()
