from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.monitoring.alert_rules import choose


class PsaAlertMuteMixin(models.AbstractModel):
    """What is seen during maintenance on an episode with a ticket: nobody is told until the maintenance is over."""

    _name = "psa.alert.mute.mixin"
    _description = "What a ticket was not told of during maintenance"

    muted_since = fields.Datetime(
        string="Seen in maintenance since",
        readonly=True,
        help="What came up since then and is still on at the end of the maintenance is noted on the ticket.",
    )

    def _mute(self, at):
        # sudo: alerts are open to nobody.
        self.sudo().muted_since = min(self.muted_since or at, at)

    @api.model
    def _end_muted(self):
        """Episodes with a ticket of which nothing that was muted is both on and on a device that is worked on."""
        due = self._take(
            SQL(
                """
                SELECT alert.id FROM psa_alert AS alert
                WHERE alert.state = 'open' AND alert.muted_since IS NOT NULL AND NOT EXISTS (
                    SELECT FROM (%s) AS place LEFT JOIN psa_asset AS asset ON asset.id = place.asset_id
                    WHERE place.kind = 'on' AND place.at >= alert.muted_since AND (%s) IS NOT NULL
                )
                """,
                self._select_places(),
                self.env["psa.maintenance.window"]._get_reason_sql(),
            )
        )
        muted = due._find_muted()
        for alert in due:
            alert._try_to(lambda alert: alert._tell_muted(muted.get(alert.id, ())))
        return len(due)

    def _find_muted(self):
        """What came up since the maintenance began and was not over since: {alert: [(condition, priority, title)]}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT seen.alert_id, seen.condition_key, seen.source_priority, max(seen.title)
                FROM psa_alert AS alert JOIN psa_alert_occurrence AS seen ON seen.alert_id = alert.id
                WHERE alert.id = ANY(%s) AND seen.kind = 'on' AND seen.at >= alert.muted_since AND NOT EXISTS (
                    SELECT FROM psa_alert_occurrence AS later
                    WHERE later.alert_id = alert.id AND later.condition_key = seen.condition_key
                    AND later.kind = 'off' AND later.id > seen.id
                )
                GROUP BY 1, 2, 3 ORDER BY max(seen.id)
                """,
                self.ids,
            )
        )
        muted = {}
        for alert_id, *seen in rows:
            muted.setdefault(alert_id, []).append(seen)
        return muted

    def _tell_muted(self, muted):
        """One note that names what is still on, and the priority that the highest of it asks for."""
        # sudo: alerts are open to nobody.
        self.sudo().write({"muted_since": False, "suppressed_by": False})
        if not muted or not self._has_open_ticket():
            return
        rules, facts = self.env["psa.alert.rule"]._get_rules(), self._get_facts()
        levels = [
            (choose(rules, facts._replace(title=title, priority=priority)).get_level(priority), priority)
            for _condition_key, priority, title in muted
        ]
        has_risen = self._raise_priority(*max(levels))
        titles = {condition_key: title for condition_key, _priority, title in muted}
        text = self.env._("The maintenance is over, and this is still on: %s.", ", ".join(sorted(titles.values())))
        self._tell(f"{text} {self._describe_rise()}" if has_risen else text)
