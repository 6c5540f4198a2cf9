from odoo import api, fields, models

from ...tools.monitoring.alert_rules import split_patterns


class PsaAlertRuleWordsMixin(models.AbstractModel):
    """A rule in words, so that nobody has to open it to know what it does."""

    _name = "psa.alert.rule.words.mixin"
    _description = "Alert rule in words"

    when = fields.Char(compute="_compute_words")
    then = fields.Char(compute="_compute_words")

    @api.depends(
        "adapter",
        "asset_patterns",
        "connection_ids",
        "flap_count",
        "grouping",
        "hold_count",
        "hold_minutes",
        "hours",
        "is_critical",
        "is_elevated",
        "is_low",
        "is_normal",
        "message_patterns",
        "os_patterns",
        "outcome",
        "partner_ids",
        "priority_id",
        "quiet_hours",
        "team_id",
        "title_patterns",
    )
    def _compute_words(self):
        for rule in self:
            rule.when = " · ".join(rule._describe_conditions()) or self.env._("Any alert")
            rule.then = " · ".join(rule._describe_outcome())

    def _describe_conditions(self):
        """What must be true of an alert, one phrase a condition."""
        words = []
        for name in ("connection_ids", "partner_ids"):
            if self[name]:
                words.append(f"{self._get_label(name)}: {', '.join(self[name].mapped('display_name'))}")
        if self.adapter:
            words.append(f"{self._get_label('adapter')}: {self._get_choice('adapter')}")
        for name in ("asset_patterns", "os_patterns", "title_patterns", "message_patterns"):
            if patterns := split_patterns(self[name]):
                words.append(f"{self._get_label(name)}: {self.env._(' or ').join(patterns)}")
        names = ("is_low", "is_normal", "is_elevated", "is_critical")
        if priorities := [self._get_label(name) for name in names if self[name]]:
            words.append(self.env._("Priority: %s", ", ".join(priorities)))
        if self.hours:
            words.append(f"{self._get_choice('hours')} ({self.calendar_id.name or '…'})")
        return words

    def _describe_outcome(self):
        """What happens then, one phrase a thing."""
        if self.outcome == "ignore":
            return [self._get_choice("outcome")]
        words = [self._get_choice("outcome")]
        if self.outcome == "hold":
            words = [
                self.env._(
                    "Make a ticket when it was seen %(count)s times within %(minutes)s minutes",
                    count=self.hold_count,
                    minutes=self.hold_minutes,
                )
            ]
        if self.grouping != "device_condition":
            words.append(f"{self._get_label('grouping')} {self._get_choice('grouping').lower()}")
        if self.team_id:
            words.append(self.env._("Team: %s", self.team_id.name))
        if self.priority_id:
            words.append(self.env._("Priorities: %s", self.priority_id.name))
        if self.quiet_hours:
            words.append(self.env._("Over after %g quiet hours", self.quiet_hours))
        return words

    @api.model
    def _get_condition_label(self, name):
        """What a condition of `tools/alert_rules.py` is called on the form."""
        return self.env._("Sender's priority") if name == "priorities" else self._get_label(name)

    def _get_label(self, name):
        return self._fields[name]._description_string(self.env)

    def _get_choice(self, name):
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "…")
