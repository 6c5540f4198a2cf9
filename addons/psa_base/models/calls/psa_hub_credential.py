import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import secrets_box, standard_webhooks
from ...tools.windows import CLOSE


class PsaHubCredential(models.TransientModel):
    """The dialog for entering a credential or signing secret. Only the sealed secret has a column."""

    _name = "psa.hub.credential"
    _description = "Enter a credential"

    connection_id = fields.Many2one("psa.hub.connection", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection([("credential", "Credential"), ("signing", "Signing secret")], required=True, readonly=True)
    auth = fields.Char(compute="_compute_auth")
    identifier = fields.Char(string="User or token ID")
    secret = fields.Char(store=False, compute="_compute_secret", inverse="_inverse_secret")
    secret_sealed = fields.Char(string="Sealed secret", readonly=True, groups=fields.NO_ACCESS)

    @api.depends("connection_id")
    def _compute_auth(self):
        for dialog in self:
            dialog.auth = dialog.connection_id._get_adapter().auth

    def _compute_secret(self):
        """The secret that was entered is never shown again."""
        self.secret = False

    def _inverse_secret(self):
        for dialog in self.filtered("secret"):
            # sudo: the sealed field is closed to every user; here the user enters its value.
            dialog.sudo().secret_sealed = secrets_box.seal(dialog.secret.strip())

    def action_keep(self):
        self.ensure_one()
        # sudo: the sealed field is closed to every user, even to the one who entered the secret.
        sealed = self.sudo().secret_sealed
        if not sealed:
            raise UserError(self.env._("Nothing was entered: paste the secret first."))
        secret = secrets_box.unseal(sealed)
        if self.kind == "signing":
            self._check_signing_secret(secret)
            self.connection_id._set_signing_secret(sealed)
        else:
            if self.auth == "basic" and not self.identifier:
                raise UserError(self.env._("Enter the user or token ID as well."))
            if self.auth == "basic":
                sealed = secrets_box.seal(f"{self.identifier.strip()}:{secret}")
            self.connection_id._set_credential(sealed)
        self.unlink()
        return CLOSE

    def _check_signing_secret(self, secret):
        if secret.startswith(standard_webhooks.SECRET_PREFIX):
            try:
                base64.b64decode(secret.removeprefix(standard_webhooks.SECRET_PREFIX), validate=True)
            except binascii.Error:
                raise ValidationError(
                    self.env._("This signing secret is cut short or changed: copy it once more.")
                ) from None
