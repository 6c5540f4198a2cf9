from odoo import api, fields, models


class PsaMetricsKey(models.Model):
    """A monitoring program that may read `/psa/metrics`, and nothing else.

    Its key is shown once and stored as a SHA-256, which is enough for 256 random bits. While a key is replaced two are
    live: the newest, and the one before it until somebody revokes that one.
    """

    _name = "psa.metrics.key"
    _description = "Metrics key"
    _inherit = ["psa.key.mixin"]
    _order = "name, id"

    PREFIX = "psam_"

    name = fields.Char(required=True, help="Which program reads the metrics.")
    active = fields.Boolean(default=True)

    def action_new_key(self):
        self.ensure_one()
        return self.env["psa.secret.reveal"]._get_action(
            self.env._("New metrics key"),
            self._rotate_key(),
            self.env._(
                "The program sends it as: Authorization: Bearer <key>. The key before this one stays valid until "
                "you revoke it."
            ),
        )

    @api.model
    def _is_live(self, key):
        """Whether `key` opens the metrics."""
        fingerprint = self._hash_key(key)
        domain = ["|", ("key_hash", "=", fingerprint), ("previous_key_hash", "=", fingerprint)]
        # sudo: the hashes are closed to every user, and who asks has not proved to be anybody yet.
        return bool(self.sudo().search_count(domain, limit=1))
