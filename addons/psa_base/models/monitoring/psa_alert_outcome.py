from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.monitoring.rules import ALIVE, HOLD, IGNORE, Facts, choose, get_key, is_flapping


class PsaAlert(models.Model):
    """What comes of an episode while it goes on: its state by the rules, a ticket, notes on the ticket.

    All of this runs as the integration user, so it does not matter who has a message worked.
    """

    _inherit = "psa.alert"

    @api.model
    def _come_up(self, facts, occurrence):
        """The condition is on: begin an episode, or count the occurrence on the one that goes on."""
        rule = choose(self.env["psa.alert.rule"]._get_rules(), facts)
        key = get_key(rule, facts)
        alert = self._find_alive(key)
        if alert.state == "open" and not alert._has_open_ticket():
            alert._update_state(("open",), "recovered", recovered_at=fields.Datetime.now())
            alert = self.browse()
        if not alert:
            alert, is_new = self._open_episode(self._prepare_episode(rule, facts, key))
            if is_new:
                alert._begin(rule, occurrence)
                return alert
        alert._repeat(rule, facts, occurrence)
        return alert

    def _begin(self, rule, occurrence):
        self._count(occurrence)
        # The condition is back, so the episodes before it wait for calm no longer.
        self.search([("key", "=", self.key), ("calm_at", "!=", False)])._write_by_system({"calm_at": False})
        if self.state == "open":
            self._give_ticket(rule)

    def _repeat(self, rule, facts, occurrence):
        self._count(occurrence)
        # Maintenance of the device on which it was seen this time: an episode of a group has several devices.
        suppressed_by = self._find_maintenance(facts)
        if self.state != "open":
            self._follow_client(facts)
            self._raise_priority(rule.get_level(facts.priority), facts.priority)
            self._reconsider(rule, suppressed_by)
        elif suppressed_by:
            self._mute(facts.at)
        else:
            has_risen = self._raise_priority(rule.get_level(facts.priority), facts.priority)
            self._tell_repeat(rule, has_risen)

    def _reconsider(self, rule, suppressed_by=""):
        """Judge an episode without a ticket again, because more was seen or its maintenance is over."""
        state = self._judge(rule, suppressed_by)
        self._update_state(ALIVE, state, suppressed_by=suppressed_by, rule_id=rule.id)
        if state == "open":
            self._give_ticket(rule)

    def _raise_now(self):
        """Make the ticket, whatever the rules say."""
        self.ensure_one()
        rule = self._choose_rule()
        self._update_state(("suppressed", "held", "ignored"), "open", suppressed_by=False)
        self._give_ticket(rule)

    def _judge(self, rule, suppressed_by, tried_at=None):
        """The state of an episode by the rule.

        `tried_at` is when an alert came that is only tried: it counts, but is not in the database.
        """
        if rule.outcome == IGNORE:
            return "ignored"
        if suppressed_by:
            return "suppressed"
        if rule.outcome == HOLD:
            since = fields.Datetime.now() - timedelta(minutes=rule.hold_minutes)
            seen = [("alert_id", "=", self.id), ("kind", "=", "on"), ("at", ">", since)]
            is_tried = bool(tried_at and tried_at > since)
            if not self or self.env["psa.alert.occurrence"].search_count(seen) + is_tried < rule.hold_count:
                return "held"
        return "open"

    @api.model
    def _find_alive(self, key):
        """The episode with the key that is not over."""
        return self.search([("key", "=", key), ("state", "in", ALIVE)])

    @api.model
    def _find_maintenance(self, facts):
        """Which maintenance keeps an alert with these facts from making a ticket now; empty if none does."""
        return self.env["psa.maintenance.window"]._find_reason(
            self.env["psa.hub.connection"].browse(facts.connection_id),
            self.env["res.partner"].browse(facts.partner_id),
            self.env["psa.asset"].browse(facts.asset_id or ()),
        )

    def _choose_rule(self):
        return choose(self.env["psa.alert.rule"]._get_rules(), self._get_facts())

    def _get_facts(self):
        """The alert as the conditions of rules see it."""
        return Facts(
            connection_id=self.connection_id.id,
            adapter=self.connection_id.adapter,
            company_id=self.company_id.id,
            partner_id=self.partner_id.id,
            device="",
            title=self.title,
            message=self.message or "",
            priority=self.source_priority,
            condition="",
            at=self.last_at,
            asset_id=self.asset_id.id or 0,
            asset_name=self.asset_id.name or "",
            os_info=self.asset_id.os_info or "",
        )

    @api.model
    def _prepare_episode(self, rule, facts, key):
        now = fields.Datetime.now()
        since = now - timedelta(minutes=rule.flap_minutes)
        openings = [now]
        if rule.flap_count:
            openings += self.search([("key", "=", key), ("first_at", ">", since)]).mapped("first_at")
        suppressed_by = self._find_maintenance(facts)
        return {
            "title": facts.title,
            "message": facts.message,
            "connection_id": facts.connection_id,
            "company_id": facts.company_id,
            "partner_id": facts.partner_id,
            "asset_id": facts.asset_id or None,
            "key": key,
            "rule_id": rule.id or None,
            "state": self._judge(rule, suppressed_by),
            "suppressed_by": suppressed_by or None,
            "priority": rule.get_level(facts.priority),
            "source_priority": facts.priority,
            "occurrence_count": 0,
            "first_at": facts.at,
            "last_at": facts.at,
            "opening_count": len(openings),
            "is_flapping": is_flapping(rule, openings, now),
        }

    # --- Episodes with a ticket: what is seen during maintenance is muted, and told when the maintenance is over. ---

    muted_since = fields.Datetime(
        string="Seen in maintenance since",
        readonly=True,
        help="What came up since then and is still on at the end of the maintenance is noted on the ticket.",
    )

    def _mute(self, at):
        self._write_by_system({"muted_since": min(self.muted_since or at, at)})

    @api.model
    def _end_muted(self):
        """Tell of alerts whose muted conditions are no longer on a device in maintenance."""
        due = self._take_due(
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
        """Conditions seen since maintenance began and not over since: {alert ID: [(condition, priority, title)]}."""
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
        """Write one note that names what is still on, and raise the priority to the highest of it."""
        self._write_by_system({"muted_since": False, "suppressed_by": False})
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
