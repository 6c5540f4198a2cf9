import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...series import cron_progress
from ...tools.monitoring.rules import ALIVE, CLIENT_KEY
from ...tools.origin import Origin

_logger = logging.getLogger(__name__)

# Alerts in one step of one sweep.
BATCH_SIZE = 500


class PsaAlert(models.Model):
    """What time does to alerts: tickets are closed, quiet sets in, maintenance ends, calm returns.

    Each step of the sweep takes the alerts that are due and leaves them so that they are not due any more. So nothing
    happens twice, two sweeps may run at once, and a sweep that comes late finds everything.
    """

    _inherit = "psa.alert"

    @api.model
    def _cron_sweep(self):
        self = self.with_context(**Origin.HUB.context)
        for step in (self._end_closed, self._end_quiet, self._end_maintenance, self._end_muted, self._end_flapping):
            count = step()
            self.env.flush_all()
            cron_progress(self.env, count, 0)

    @api.model
    def _end_closed(self):
        """End the episodes whose ticket was closed or archived."""
        due = self._take_due(
            SQL(
                """
                SELECT alert.id FROM psa_alert AS alert
                JOIN helpdesk_ticket AS ticket ON ticket.id = alert.ticket_id
                LEFT JOIN helpdesk_ticket_stage AS stage ON stage.id = ticket.stage_id
                WHERE alert.state = 'open' AND (stage.closed OR NOT ticket.active)
                """
            )
        )
        due._update_state(("open",), "recovered", recovered_at=fields.Datetime.now())
        return len(due)

    @api.model
    def _end_quiet(self):
        """End the episodes that were not seen for the quiet hours of their rule, and those held back in vain."""
        due = self._take_due(
            SQL(
                """
                SELECT alert.id FROM psa_alert AS alert JOIN psa_alert_rule AS rule ON rule.id = alert.rule_id
                WHERE alert.state <> 'recovered' AND (
                    (rule.quiet_hours > 0 AND alert.last_at + rule.quiet_hours * interval '1 hour' <= %(now)s)
                    OR (
                        alert.state = 'held' AND rule.outcome = 'hold'
                        AND alert.last_at + rule.hold_minutes * interval '1 minute' <= %(now)s
                    )
                )
                """,
                now=fields.Datetime.now(),
            )
        )
        due._recover(self.env._("It has not been seen for a while, so it counts as over."))
        return len(due)

    @api.model
    def _end_maintenance(self):
        """Judge suppressed episodes again that have a condition on a device that is no longer in maintenance."""
        due = self._take_due(
            SQL(
                """
                SELECT alert.id FROM psa_alert AS alert
                WHERE alert.state = 'suppressed' AND EXISTS (
                    SELECT FROM (%s) AS place LEFT JOIN psa_asset AS asset ON asset.id = place.asset_id
                    WHERE place.kind = 'on' AND (%s) IS NULL
                )
                """,
                self._select_places(),
                self.env["psa.maintenance.window"]._get_reason_sql(),
            )
        )
        for alert in due:
            alert._try_to(lambda alert: alert._reconsider(alert._choose_rule()))
        return len(due)

    @api.model
    def _select_places(self):
        """SQL of the latest occurrence of each condition of `alert`, and of the place where it was."""
        return SQL(
            """
            SELECT DISTINCT ON (condition_key) kind, at, asset_id, alert.connection_id AS connection_id,
                   alert.company_id AS company_id, alert.partner_id AS partner_id
            FROM psa_alert_occurrence WHERE alert_id = alert.id ORDER BY condition_key, id DESC
            """
        )

    @api.model
    def _end_flapping(self):
        """Close the tickets that were kept open because the condition came and went, now that there is calm."""
        due = self._take_due(SQL("SELECT id FROM psa_alert AS alert WHERE calm_at <= %s", fields.Datetime.now()))
        due._write_by_system({"calm_at": False})
        due._settle_tickets(self.env._("It has not come back for a while."))
        return len(due)

    def _try_to(self, judge):
        """Judge one alert of many. An error is kept on the alert, so that it does not hold up the others."""
        try:
            with self.env.cr.savepoint():
                judge(self.with_company(self.company_id))
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            _logger.exception("Alert %s could not be judged at the end of its maintenance", self.id)
            told = str(error)[:500] or type(error).__name__
            reason = self.env._("Its maintenance is over, but an error holds it up (%s)", told)
            self._write_by_system({"suppressed_by": reason})

    @api.model
    def _take_due(self, query):
        """The alerts of the query that no other transaction has locked, locked by this one."""
        self.env.flush_all()
        lock = SQL("%s ORDER BY alert.id LIMIT %s FOR UPDATE OF alert SKIP LOCKED", query, BATCH_SIZE)
        return self.browse(alert_id for (alert_id,) in self.env.execute_query(lock))

    # --- Whose an episode is when a device goes to another client. One with a ticket stays with the ticket. ---

    def _follow_client(self, facts):
        """Give an episode without a ticket to the client of its latest message, whose account may be linked anew."""
        if self.partner_id.id != facts.partner_id:
            self._write_by_system({"partner_id": facts.partner_id, "asset_id": facts.asset_id or False})

    @api.model
    def _follow_assets(self, assets):
        """The assets belong to other clients now.

        Episodes without a ticket go along with their asset. In the others, its conditions are over, and an episode in
        which nothing else is on ends; its ticket stays with the client. The asset's next alert begins a new episode.
        """
        self.env.flush_all()
        self._take_along(assets)
        left = self._leave_behind(assets)
        self.env.cr.execute(
            SQL(
                """
                UPDATE psa_alert AS alert SET asset_id = NULL FROM psa_asset AS asset
                WHERE asset.id = ANY(%s) AND alert.asset_id = asset.id AND alert.state <> 'recovered'
                AND alert.partner_id <> asset.partner_id
                """,
                assets.ids,
            )
        )
        self.env.invalidate_all(flush=False)
        over = left - self.env["psa.alert.occurrence"]._filter_on(left)
        over._update_state(ALIVE, "recovered", recovered_at=fields.Datetime.now())

    @api.model
    def _take_along(self, assets):
        """Give the assets' new clients the episodes without a ticket, but not incidents and groups of a client."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE psa_alert AS alert SET partner_id = asset.partner_id FROM psa_asset AS asset
                WHERE asset.id = ANY(%s) AND alert.asset_id = asset.id AND alert.state <> 'recovered'
                AND alert.ticket_id IS NULL AND NOT starts_with(alert.key, %s)
                AND EXISTS (SELECT FROM psa_alert_occurrence WHERE alert_id = alert.id AND device <> '')
                """,
                assets.ids,
                CLIENT_KEY,
            )
        )

    @api.model
    def _leave_behind(self, assets):
        """Add that the assets' conditions are over for their earlier clients. Return the episodes."""
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO psa_alert_occurrence
                    (alert_id, connection_id, asset_id, kind, title, at, device, condition_key)
                SELECT alert_id, connection_id, asset_id, 'off', %(title)s, %(now)s, device, condition_key FROM (
                    SELECT DISTINCT ON (occurrence.alert_id, occurrence.condition_key) occurrence.*
                    FROM psa_asset AS asset JOIN psa_alert_occurrence AS occurrence ON occurrence.asset_id = asset.id
                    JOIN psa_alert AS alert ON alert.id = occurrence.alert_id
                    WHERE asset.id = ANY(%(assets)s) AND occurrence.device <> '' AND alert.state <> 'recovered'
                    AND alert.partner_id <> asset.partner_id
                    ORDER BY occurrence.alert_id, occurrence.condition_key, occurrence.id DESC
                ) AS last WHERE kind = 'on' RETURNING alert_id
                """,
                title=self.env._("The device belongs to another client now"),
                now=fields.Datetime.now(),
                assets=assets.ids,
            )
        )
        return self.browse({alert_id for (alert_id,) in rows})
