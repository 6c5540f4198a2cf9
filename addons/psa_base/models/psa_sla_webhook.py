import json
import time

import requests

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import standard_webhooks


class PsaSlaWebhook(models.Model):
    """Another system that is told of SLA alerts, by messages signed as Standard Webhooks has it."""

    _name = "psa.sla.webhook"
    _description = "SLA webhook"
    _inherit = ["psa.hub.secret.mixin"]
    _order = "name, id"

    TIMEOUT_SECONDS = 10

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    url = fields.Char(string="Address", required=True, help="Where the alerts are posted to, as JSON.")

    @api.constrains("url")
    def _check_url(self):
        for webhook in self:
            if not webhook.url.startswith(("https://", "http://")):
                raise ValidationError(self.env._("The address of a webhook starts with https:// or http://."))

    def _post(self, message_id, payload):
        """Post one signed message; raise unless the other side has taken it."""
        self.ensure_one()
        secrets = self._get_live_secrets()
        if not secrets:
            raise UserError(self.env._("The webhook %s has no signing secret yet: make one.", self.name))
        body = json.dumps(payload, ensure_ascii=False).encode()
        timestamp = int(time.time())
        response = requests.post(
            self.url,
            data=body,
            headers={
                "Content-Type": "application/json",
                standard_webhooks.ID_HEADER: message_id,
                standard_webhooks.TIMESTAMP_HEADER: str(timestamp),
                standard_webhooks.SIGNATURE_HEADER: " ".join(
                    standard_webhooks.sign(secret, message_id, timestamp, body) for secret in secrets
                ),
            },
            timeout=self.TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if not 200 <= response.status_code < 300:
            raise requests.HTTPError(f"{response.status_code} {response.reason}", response=response)
