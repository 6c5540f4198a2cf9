import json

from odoo import api, fields, models
from odoo.tools import ormcache
from odoo.tools.misc import hmac

from ...tools.hub import masking
from ...tools.text import replace_half_characters


class PsaHubMaskMixin(models.AbstractModel):
    """What of a connection's payloads is made unreadable before anything is stored."""

    _name = "psa.hub.mask.mixin"
    _description = "Masks of a connection"

    mask_ids = fields.One2many("psa.hub.mask", "connection_id", string="Masked fields", copy=True)

    @api.constrains("adapter")
    def _check_masks(self):
        """Another adapter needs other fields."""
        self.mask_ids._check_path()

    def _mask_raw(self, raw):
        """The payload (text) as it is to be kept."""
        rules = self._get_mask_rules()
        if not rules:
            return raw
        masked = masking.mask(json.loads(raw), rules, self._make_fingerprint)
        return replace_half_characters(json.dumps(masked, ensure_ascii=False))

    def _make_fingerprint(self, text):
        # sudo: the key lies among the system parameters, which only the system reads.
        return f"#{hmac(self.env(su=True), f'psa_hub_mask.{self.id}', text)[:16]}"

    @ormcache("self.id")
    def _get_mask_rules(self):
        # sudo: every message is masked, whoever stores it.
        return [(tuple(mask.path.split(".")), mask.how) for mask in self.sudo().mask_ids]
