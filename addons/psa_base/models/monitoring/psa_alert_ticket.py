from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL, plaintext2html

from ...tools.monitoring.rules import ALIVE


class PsaAlert(models.Model):
    """The ticket of an episode: made or found again, told of repeats, and closed if no person has worked on it."""

    _inherit = "psa.alert"

    def _has_open_ticket(self):
        # sudo: whoever works the message need not be allowed to read the ticket.
        ticket = self.sudo().ticket_id
        return ticket.active and not ticket.stage_id.closed

    def _give_ticket(self, rule):
        """Give the episode a ticket: that of the last episode if it is open or may be reopened, else a new one."""
        earlier = self._find_earlier_ticket()
        is_recent = earlier and self._may_reopen(earlier, rule)
        if earlier and earlier.active and not earlier.stage_id.closed:
            ticket, note = earlier, self.env._("It is back: “%s”.", self.title)
        elif is_recent and earlier._reopen_for_alert():
            ticket, note = earlier, self.env._("It is back: “%s”. The ticket was reopened.", self.title)
        else:
            ticket = self._make_ticket(rule)
            note = is_recent and self.env._("It came up before, on %s.", earlier._get_html_link())
        self._write_by_system({"ticket_id": ticket.id, "noted_at": fields.Datetime.now()})
        if note:
            self._note_on_ticket(note)
        if ticket == earlier and self.priority > ticket.priority:
            ticket.priority = self.priority

    def _find_earlier_ticket(self):
        """The ticket of the client's last episode with the same key, locked so that nobody closes it meanwhile."""
        same = [("key", "=", self.key), ("partner_id", "=", self.partner_id.id), ("id", "!=", self.id)]
        earlier = self.search([*same, ("ticket_id", "!=", False)], order="id desc", limit=1)
        ticket = earlier.with_context(active_test=False).ticket_id
        if ticket:
            self.env.cr.execute(
                SQL("SELECT id FROM helpdesk_ticket WHERE id = %s FOR NO KEY UPDATE", ticket.id), log_exceptions=False
            )
        return ticket

    def _may_reopen(self, ticket, rule):
        closed_at = ticket.closed_date or ticket.last_stage_update
        return ticket.active and bool(
            closed_at and fields.Datetime.now() - closed_at <= timedelta(hours=rule.reopen_hours)
        )

    def _make_ticket(self, rule):
        tickets = self.env["helpdesk.ticket"].with_context(mail_create_nosubscribe=True)
        return tickets.create(self._prepare_ticket(rule))

    def _get_team(self, rule):
        """The team of the rule if it works for the alert's company, else the team of the connection."""
        team = self.env["helpdesk.ticket.team"].browse(rule.team_id or ())
        return (
            team
            if team and team.company_id in (self.company_id, team.company_id.browse())
            else self.connection_id.team_id
        )

    def _prepare_ticket(self, rule):
        return {
            "name": self.title,
            "description": plaintext2html(self.message or self.title),
            "priority": self.priority,
            "team_id": self._get_team(rule).id,
            "partner_id": self.partner_id.id,
            "asset_id": self.asset_id.id,
            "channel_id": self.env.ref("psa_base.helpdesk_ticket_channel_monitoring").id,
            "company_id": self.company_id.id,
            "category_id": rule.category_id,
            "tag_ids": [fields.Command.set(rule.tag_ids)],
            "user_id": False,
        }

    def _raise_priority(self, level, source_priority):
        """Raise the priority of the alert and its ticket, and never lower it. Return whether it has risen."""
        if level <= self.priority:
            return False
        self._write_by_system({"priority": level, "source_priority": source_priority})
        if self.ticket_id and level > self.ticket_id.priority:
            self.ticket_id.priority = level
        return True

    def _tell_repeat(self, rule, has_risen):
        """Note on the ticket that the condition is still on: as often as the rule says, and when the priority rises."""
        interval = timedelta(minutes=rule.note_minutes)
        if has_risen:
            self._tell(self._describe_rise())
        elif not self.noted_at or fields.Datetime.now() - self.noted_at >= interval:
            self._tell(self.env._("“%s” is still on.", self.title))

    def _tell(self, text):
        """Write a note on the ticket, with how often the condition was seen, and remember when."""
        self._note_on_ticket(f"{text} {self._describe_count()}")
        self._write_by_system({"noted_at": fields.Datetime.now()})

    def _describe_rise(self):
        level = dict(self._fields["priority"]._description_selection(self.env))[self.priority]
        return self.env._("“%(title)s” is %(priority)s now.", title=self.title, priority=level)

    def _recover(self, why):
        """End the episodes, and close their tickets or note on them that it is over. `why` is a sentence for people."""
        opened = self.filtered(lambda alert: alert.state == "open")
        self._update_state(ALIVE, "recovered", recovered_at=fields.Datetime.now())
        flapping = opened.filtered("is_flapping")
        for alert in flapping:
            alert._wait_for_calm(why)
        (opened - flapping)._settle_tickets(why)

    def _wait_for_calm(self, why):
        minutes = self.rule_id.flap_minutes or 60
        self._write_by_system({"calm_at": fields.Datetime.now() + timedelta(minutes=minutes)})
        if self._has_open_ticket():
            text = self.env._(
                "%(why)s It has come and gone %(count)s times, so the ticket stays open until there is calm for "
                "%(minutes)s minutes.",
                why=why,
                count=self.opening_count,
                minutes=minutes,
            )
            self._note_on_ticket(text)

    def _settle_tickets(self, why):
        """Close the tickets on which no person has worked, and note on the others that it is over."""
        waiting = self.filtered(lambda alert: alert._has_open_ticket())
        untouched = waiting.ticket_id._filter_untouched()
        for alert in waiting:
            ticket = alert.ticket_id
            if ticket not in untouched:
                said = self.env._(
                    "Somebody has worked on the ticket, or it has other alerts: close it when it is done."
                )
            else:
                said = ticket._close_for_alert() or self.env._("Nobody had to do anything, so the ticket was closed.")
            alert._note_on_ticket(f"{why} {said} {alert._describe_count()}")

    def _describe_count(self):
        return self.env._("Seen so far: %(count)s, last on %(at)s.", count=self.occurrence_count, at=self.last_at)

    def _note_on_ticket(self, text):
        self.ticket_id.message_post(body=text, subtype_xmlid="mail.mt_note")
