from datetime import UTC

from odoo import api, fields, models

from ...tools.sla.countdown import MET, PAUSED

TONES = [
    ("met", "Met"),
    ("late", "Met late"),
    ("ok", "In time"),
    ("soon", "Due soon"),
    ("paused", "Paused"),
    ("overdue", "Overdue"),
]

ROW_FIELDS = ("layer", "state", "deadline", "target_seconds", "consumed_seconds", "running_since", "met_at")

DEPENDS = [f"ticket_sla_ids.{name}" for name in ROW_FIELDS]


class HelpdeskTicket(models.Model):
    """How the targets of a ticket stand, in words and as data for the screen: the same fields for each layer.

    Clients read the fields of the client layer, in the portal and by RPC; those are computed from rows of
    that layer alone. The fields of the internal layer are closed to clients.
    """

    _inherit = "helpdesk.ticket"

    sla_client_words = fields.Char(string="Client SLA", compute="_compute_sla_client", compute_sudo=True)
    sla_client_tone = fields.Selection(
        TONES, string="How the client SLA stands", compute="_compute_sla_client", compute_sudo=True
    )
    sla_client_due_at = fields.Datetime(string="Client SLA due", compute="_compute_sla_client", compute_sudo=True)
    sla_client_countdown = fields.Json(
        string="Client SLA countdown", compute="_compute_sla_client", compute_sudo=True, exportable=False
    )
    sla_internal_words = fields.Char(
        string="Internal SLA", compute="_compute_sla_internal", compute_sudo=True, groups="base.group_user"
    )
    sla_internal_tone = fields.Selection(
        TONES,
        string="How the internal SLA stands",
        compute="_compute_sla_internal",
        compute_sudo=True,
        groups="base.group_user",
    )
    sla_internal_due_at = fields.Datetime(
        string="Internal SLA due", compute="_compute_sla_internal", compute_sudo=True, groups="base.group_user"
    )
    sla_internal_countdown = fields.Json(
        string="Internal SLA countdown",
        compute="_compute_sla_internal",
        compute_sudo=True,
        exportable=False,
        groups="base.group_user",
    )

    @api.depends(*DEPENDS)
    def _compute_sla_client(self):
        self._compute_sla_layer("client")

    @api.depends(*DEPENDS)
    def _compute_sla_internal(self):
        self._compute_sla_layer("internal")

    def _compute_sla_layer(self, layer):
        now = fields.Datetime.now()
        names = dict(self.env["helpdesk.sla"]._fields["target"]._description_selection(self.env))
        for ticket in self:
            rows = ticket.ticket_sla_ids.filtered(lambda row: row.layer == layer)
            targets = sorted(((row._count_down(now), row) for row in rows), key=lambda pair: pair[0].urgency)
            first = targets[0][0] if targets else None
            ticket[f"sla_{layer}_words"] = first and self._get_sla_words(first)
            ticket[f"sla_{layer}_tone"] = first and first.tone
            ticket[f"sla_{layer}_due_at"] = first and first.due_at
            ticket[f"sla_{layer}_countdown"] = first and {
                "as_of": _to_epoch(now),
                "targets": [self._prepare_sla_countdown(countdown, row, names) for countdown, row in targets],
            }

    def _prepare_sla_countdown(self, countdown, row, names):
        """What the screen needs to show a target and to count it down by itself."""
        return {
            "name": row.name,
            "target": names.get(row.target),
            "status": countdown.status,
            "tone": countdown.tone,
            "words": self._get_sla_words(countdown),
            "left": countdown.left,
            "target_seconds": countdown.target_seconds,
            "due_at": countdown.due_at and _to_epoch(countdown.due_at),
            "work_ahead": [[_to_epoch(start), _to_epoch(end)] for start, end in countdown.work_ahead],
        }

    @api.model
    def _get_sla_words(self, countdown):
        """The words for a countdown. static/src/sla/sla_countdown.js has the same, for it counts on by itself."""
        time = self._get_duration_words(abs(countdown.left))
        if countdown.status == MET:
            if countdown.left < 0:
                return self.env._("Met %s late", time)
            return self.env._("Met with %s to spare", time)
        if countdown.status == PAUSED:
            if countdown.left <= 0:
                return self.env._("Paused, overdue by %s", time)
            return self.env._("Paused, %s of work left", time)
        if countdown.left <= 0:
            return self.env._("Overdue by %s", time)
        return self.env._("%s left", time)

    @api.model
    def _get_duration_words(self, seconds):
        hours, minutes = divmod(seconds // 60, 60)
        if hours and minutes:
            return self.env._("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
        if hours:
            return self.env._("%s h", hours)
        if minutes:
            return self.env._("%s min", minutes)
        return self.env._("less than a minute")


def _to_epoch(moment):
    return int(moment.replace(tzinfo=UTC).timestamp())
