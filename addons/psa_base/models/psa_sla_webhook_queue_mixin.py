import logging
import uuid
from datetime import timedelta

import requests

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.secrets_box import SecretUnreadable

_logger = logging.getLogger(__name__)


class PsaSlaWebhookQueueMixin(models.AbstractModel):
    """How alerts reach other systems: posted by a job of their own, in order, until they are taken.

    A post whose answer got lost is repeated under the same ID, by which the receiver knows it.
    """

    _name = "psa.sla.webhook.queue.mixin"
    _description = "Alerts to post"

    POST_BATCH_SIZE = 20
    MAX_POST_TRIES = 8
    POST_RETRY_DELAY = timedelta(minutes=1)

    @api.model
    def _wake_webhooks(self):
        """Enqueue the posts, a job for each webhook that has some."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT threshold.webhook_id FROM psa_sla_alert AS alert
                JOIN psa_sla_threshold AS threshold ON threshold.id = alert.threshold_id
                WHERE alert.webhook_state = 'pending' AND threshold.webhook_id IS NOT NULL
                """
            )
        )
        for (webhook_id,) in rows:
            self._enqueue_posts(self.env["psa.sla.webhook"].browse(webhook_id))

    @api.model
    def _enqueue_posts(self, webhook, eta=None):
        self.with_delay(
            description=self.env._("Post SLA alerts to a webhook"),
            identity_key=f"psa.sla.alert.post.{webhook.id}",
            eta=eta,
        )._post_pending(webhook)

    @api.model
    def _post_pending(self, webhook):
        """Post what waits for this webhook, up to the first post that fails: order is kept. Returns the count."""
        alerts = self._lock_posts(webhook)
        for number, alert in enumerate(alerts):
            if not alert._post(webhook):
                self._enqueue_posts(webhook, eta=int(self._get_post_delay(alert).total_seconds()))
                return number
        if len(alerts) == self.POST_BATCH_SIZE:
            self._enqueue_posts(webhook)
        return len(alerts)

    @api.model
    def _lock_posts(self, webhook):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT alert.id FROM psa_sla_alert AS alert
                JOIN psa_sla_threshold AS threshold ON threshold.id = alert.threshold_id
                WHERE alert.webhook_state = 'pending' AND threshold.webhook_id = %s
                ORDER BY alert.due_at, alert.id LIMIT %s FOR UPDATE OF alert SKIP LOCKED
                """,
                webhook.id,
                self.POST_BATCH_SIZE,
            )
        )
        return self.browse(alert_id for (alert_id,) in rows)

    def _post(self, webhook):
        """One try. A receiver that never takes it does not hold up the alerts behind it for ever."""
        try:
            webhook._post(self._get_message_id(), self._prepare_payload())
        except (requests.RequestException, SecretUnreadable, UserError) as error:
            _logger.warning("SLA alert %s was not taken by webhook %s: %s", self.id, webhook.id, error)
            tries = self.webhook_tries + 1
            state = "failed" if tries >= self.MAX_POST_TRIES else "pending"
            self._set_values(webhook_state=state, webhook_tries=tries, webhook_error=str(error)[:500])
            return False
        self._set_values(webhook_state="posted", webhook_error=None)
        return True

    def _get_post_delay(self, alert):
        return self.POST_RETRY_DELAY * 2 ** (alert.webhook_tries - 1)

    def _get_message_id(self):
        # sudo: the name of the database, the same for every try; ordinary users may not read parameters.
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"msg_{uuid.uuid5(uuid.NAMESPACE_OID, f'{database}/{self._name}/{self.id}').hex}"

    def _prepare_payload(self):
        ticket, row = self.ticket_id, self._get_row()
        return {
            "type": "sla.alert",
            "timestamp": _to_rfc3339(self.due_at),
            "data": {
                "ticket": ticket.number,
                "subject": ticket.name,
                "client": ticket.commercial_partner_id.name or None,
                "team": ticket.team_id.name or None,
                "layer": self.layer,
                "target": self.target,
                "rule": row.sla_id.name or None,
                "threshold": self.threshold_id.name,
                "escalation_level": self.threshold_id.escalation_level,
                "due_at": _to_rfc3339(self.due_at),
                "breached_at": _to_rfc3339(self._get_breached_at()),
                "deadline": _to_rfc3339(row.deadline),
            },
        }


def _to_rfc3339(moment):
    return fields.Datetime.to_datetime(moment).isoformat() + "Z" if moment else None
