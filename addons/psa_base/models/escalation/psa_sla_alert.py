import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...adapters.webhook import POST
from ...const import LAYERS, TARGETS
from ...fields import LooseMany2one
from ...series import Constraint
from ...services.escalation.sweep import BATCH_SIZE, sweep
from ...tools.own_transaction import run_apart
from ...tools.text import to_rfc3339


class PsaSlaAlert(models.Model):
    """One threshold that came due for one target of a ticket, with the moment at which it came due.

    The sweep (services/escalation/sweep.py) adds the row, and a job delivers it. The database holds no second
    row of the same threshold and target, so nobody is alerted twice when rules change or clocks are replayed.
    """

    _name = "psa.sla.alert"
    _description = "SLA alert"
    _inherit = ["psa.ledger.mixin", "psa.state.mixin", "psa.hub.subject.mixin"]
    _order = "due_at desc, id desc"
    _log_access = False

    # The sweep writes thousands of rows at once, so they have no foreign keys to check. Tickets delete their alerts
    # themselves, and a threshold with alerts can only be archived. The unique index serves searches by ticket.
    ticket_id = LooseMany2one("helpdesk.ticket", required=True, readonly=True, ondelete="cascade")
    layer = fields.Selection(LAYERS, required=True, readonly=True)
    target = fields.Selection(TARGETS, required=True, readonly=True)
    threshold_id = LooseMany2one("psa.sla.threshold", required=True, readonly=True, ondelete="restrict")
    due_at = fields.Datetime(
        string="Came due",
        required=True,
        readonly=True,
        help="The moment at which it came due, even if that was noticed later.",
    )
    fired_at = fields.Datetime(string="Noticed", required=True, readonly=True)
    state = fields.Selection(
        [
            ("pending", "To deliver"),
            ("delivered", "Delivered"),
            ("moot", "No longer needed"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    delivered_at = fields.Datetime(string="Delivered on", readonly=True)
    outcome = fields.Text(readonly=True, help="Whom it told, by which means, and what it did; or why it failed.")
    tries = fields.Integer(readonly=True, default=0)
    retry_at = fields.Datetime(string="Next try", readonly=True)

    _threshold_uniq = Constraint(
        "unique(ticket_id, layer, target, threshold_id)", "This threshold has come due for this target already."
    )

    def init(self):
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS psa_sla_alert_pending_idx
                ON psa_sla_alert (id) WHERE state = 'pending';
            """
        )

    @api.depends("threshold_id.name", "ticket_id.number")
    def _compute_display_name(self):
        for alert in self:
            alert.display_name = f"{alert.ticket_id.number}: {alert.threshold_id.name}"

    def action_deliver_again(self):
        """Try failed alerts once more, after somebody has mended the cause."""
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may deliver SLA alerts again."))
        self.check_access("read")
        self._take_state(("failed",), "pending", tries=0, retry_at=None)
        self._post_again()
        self._wake_delivery()

    @api.model
    def _cron_sweep(self):
        """Notice what came due, and start a delivery whenever something waits: an earlier job may have been lost."""
        while run_apart(self.env, sweep) == BATCH_SIZE:
            continue
        breaches = self.env["psa.sla.breach"]
        if self.search_count(self._get_due_domain(), limit=1) or breaches.search_count(
            breaches._get_to_ask_domain(), limit=1
        ):
            self._wake_delivery()

    @api.model
    def _get_due_domain(self):
        now = fields.Datetime.now()
        return [("state", "=", "pending"), "|", ("retry_at", "=", False), ("retry_at", "<=", now)]

    def _take_state(self, allowed, target, **values):
        """By one statement of SQL: of two transactions that take the same alert, one does."""
        self.env.flush_all()
        moved = self.env.execute_query(
            SQL(
                "UPDATE psa_sla_alert SET %s WHERE id IN %s AND state IN %s RETURNING id",
                self._get_assignments(state=target, **values),
                tuple(self.ids) or (0,),
                tuple(allowed),
            )
        )
        self.invalidate_recordset()
        return self.browse(alert_id for (alert_id,) in moved)

    # --- How alerts reach other systems: in order, through the outbox of a connection for outgoing webhooks. ---

    webhook_state = fields.Selection(
        [("pending", "To post"), ("posted", "Posted"), ("failed", "Failed")], string="Webhook", readonly=True
    )
    webhook_error = fields.Char(string="Why it was not posted", readonly=True)

    def _put_posts(self):
        """Put the alerts whose threshold has a webhook into the outbox, with the facts of this moment."""
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
        """Send failed posts once more: the same messages, with the same IDs."""
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
        # sudo: only administrators may read parameters, and this one makes the ID the same at every try.
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"msg_{uuid.uuid5(uuid.NAMESPACE_OID, f'{database}/{self._name}/{self.id}').hex}"

    def _prepare_payload(self):
        ticket, row = self.ticket_id, self._get_row()
        return {
            "type": "sla.alert",
            "timestamp": to_rfc3339(self.due_at),
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
                "due_at": to_rfc3339(self.due_at),
                "breached_at": to_rfc3339(self._get_breached_at()),
                "deadline": to_rfc3339(row.deadline),
            },
        }
