from odoo import api, fields, models

from ...tools import secrets_box, standard_webhooks


class PsaHubSecretMixin(models.AbstractModel):
    """Signing secrets that are shared with another system and sealed here.

    Two are live while one is being replaced: the current one, and the one before it until somebody
    revokes that.
    """

    _name = "psa.hub.secret.mixin"
    _description = "Signing secrets"

    secret_sealed = fields.Char(string="Sealed secret", readonly=True, copy=False, groups=fields.NO_ACCESS)
    previous_secret_sealed = fields.Char(
        string="Sealed previous secret", readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    secret_created_at = fields.Datetime(string="Signing secret created on", readonly=True, copy=False)
    has_previous_secret = fields.Boolean(
        string="Previous secret still live", compute="_compute_has_previous_secret", compute_sudo=True
    )

    @api.depends("previous_secret_sealed")
    def _compute_has_previous_secret(self):
        for record in self:
            record.has_previous_secret = bool(record.previous_secret_sealed)

    def action_new_signing_secret(self):
        self.ensure_one()
        return self.env["psa.secret.reveal"]._get_action(
            self.env._("New signing secret"),
            self._rotate_secret(),
            self.env._("Give it to the other system. The secret before this one stays valid until you revoke it."),
        )

    def action_revoke_previous_secret(self):
        self.check_access("write")
        # sudo: the sealed fields are closed to every user; who may write the record may revoke.
        self.sudo().previous_secret_sealed = False

    def _rotate_secret(self):
        """Make a signing secret and return it in clear: this once, it can be read nowhere later."""
        secret = standard_webhooks.generate_secret()
        self._take_signing_secret(secrets_box.seal(secret))
        return secret

    def _take_signing_secret(self, sealed):
        """Make a sealed secret the current one. The one before stays live."""
        self.ensure_one()
        self.check_access("write")
        # sudo: the sealed fields are closed to every user; who may write the record may rotate.
        record = self.sudo()
        record.write(
            {
                "previous_secret_sealed": record.secret_sealed,
                "secret_sealed": sealed,
                "secret_created_at": fields.Datetime.now(),
            }
        )

    def _get_live_secrets(self):
        return [secrets_box.unseal(secret) for secret in self._get_sealed_secrets()]

    def _get_sealed_secrets(self):
        # sudo: the sealed fields are closed to every user; this feeds signatures alone.
        record = self.sudo()
        return [secret for secret in (record.secret_sealed, record.previous_secret_sealed) if secret]
