import uuid

from odoo import api, fields, models

from ...adapters.webhook import POST


class PsaSlaPostingMixin(models.AbstractModel):
    """How alerts reach other systems: through the outbox of a connection for outgoing webhooks, in order."""

    _name = "psa.sla.posting.mixin"
    _description = "Alerts to post"
    _inherit = ["psa.hub.subject.mixin"]

    webhook_state = fields.Selection(
        [("pending", "To post"), ("posted", "Posted"), ("failed", "Failed")], string="Webhook", readonly=True
    )
    webhook_error = fields.Char(string="Why it was not posted", readonly=True)

    def _put_posts(self):
        """Have those posted whose threshold has a webhook, as they stand now."""
        alerts = self.filtered("threshold_id.webhook_id")
        alerts._set_values(webhook_state="pending")
        for alert in alerts:
            self.env["psa.hub.outbox"]._put(
                alert.threshold_id.webhook_id,
                POST,
                alert._prepare_payload(),
                alert._get_message_id(),
                record=alert,
                ordering_key=self._name,
            )

    def _post_again(self):
        """Try failed posts once more: the same messages under the same IDs."""
        failed = self.filtered(lambda alert: alert.webhook_state == "failed")
        messages = self.env["psa.hub.outbox"].search(
            [("res_model", "=", self._name), ("res_id", "in", failed.ids), ("state", "=", "dead")]
        )
        if messages:
            messages.action_replay()
            failed._set_values(webhook_state="pending", webhook_error=None)

    def _on_hub_sent(self, outbox):
        self._set_values(webhook_state="posted", webhook_error=None)

    def _on_hub_dead(self, outbox):
        self._set_values(webhook_state="failed", webhook_error=outbox.reason[:500])

    def _get_message_id(self):
        # sudo: the name of the database, the same for every try; ordinary users may not read parameters.
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"msg_{uuid.uuid5(uuid.NAMESPACE_OID, f'{database}/{self._name}/{self.id}').hex}"

    def _prepare_payload(self):
        ticket, row = self.ticket_id, self._get_row()
        return {
            "type": "sla.alert",
            "timestamp": self._to_rfc3339(self.due_at),
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
                "due_at": self._to_rfc3339(self.due_at),
                "breached_at": self._to_rfc3339(self._get_breached_at()),
                "deadline": self._to_rfc3339(row.deadline),
            },
        }

    @api.model
    def _to_rfc3339(self, moment):
        return fields.Datetime.to_datetime(moment).isoformat() + "Z" if moment else None
