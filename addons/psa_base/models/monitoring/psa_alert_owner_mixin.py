from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.monitoring.alert_rules import ALIVE, CLIENT_KEY


class PsaAlertOwnerMixin(models.AbstractModel):
    """Whose an episode is when devices and accounts change hands: one with a ticket stays with the ticket's client."""

    _name = "psa.alert.owner.mixin"
    _description = "Whose an alert is"

    def _follow(self, facts):
        """Without a ticket it belongs to whom its last message is about: its account may be linked anew."""
        if self.partner_id.id != facts.partner_id:
            # sudo: alerts are open to nobody.
            self.sudo().write({"partner_id": facts.partner_id, "asset_id": facts.asset_id or False})

    @api.model
    def _follow_assets(self, assets):
        """The assets belong to other clients now: what has no ticket goes along, and all else is over for them.

        A ticket, and what is on for other devices of the client, stays; the next alert of the asset begins anew.
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
        """Episodes of the devices alone: a group of a client is the client's, and so is an incident."""
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
        """Write down that the conditions of the devices are over for their earlier clients; return the episodes."""
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
