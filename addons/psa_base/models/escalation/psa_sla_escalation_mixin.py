from markupsafe import Markup

from odoo import Command, models
from odoo.exceptions import AccessError, UserError, ValidationError


class PsaSlaEscalationMixin(models.AbstractModel):
    """What an alert does to its ticket: hand it on, raise its priority, tag it. All said in the chatter.

    It moves no ticket to another stage or team, so it needs no leave from the lifecycle.
    """

    _name = "psa.sla.escalation.mixin"
    _description = "Escalation of tickets"

    def _escalate(self, ticket):
        """Carry out the escalations, in the order in which they came due: pairs of alerts and what they did."""
        done = []
        for alert in self.filtered(lambda alert: alert.threshold_id.escalation_level or alert._has_deed()):
            done += [(alert, words) for words in alert._escalate_one(ticket)]
        return done

    def _has_deed(self):
        threshold = self.threshold_id
        return bool(threshold.reassign_to or threshold.raise_priority or threshold.tag_ids)

    def _escalate_one(self, ticket):
        # First, because another priority can put the ticket under another rule.
        lines = self._get_lines()
        values, done = self._prepare_escalation(ticket)
        try:
            with self.env.cr.savepoint():
                ticket.write(values)
        except (AccessError, UserError, ValidationError) as error:
            done = [self.env._("The ticket could not be changed: %s", error)]
        level = self.threshold_id.escalation_level
        title = self.env._("Escalated to level %s", level) if level else self.threshold_id.name
        ticket.message_post(body=Markup("<p><strong>%s</strong></p>%s") % (title, self._get_list([*lines, *done])))
        return [title, *done]

    def _prepare_escalation(self, ticket):
        """(values to write, what they mean in words)."""
        threshold, values, done = self.threshold_id, {}, []
        if threshold.escalation_level > ticket.sla_escalation_level:
            values["sla_escalation_level"] = threshold.escalation_level
        if threshold.reassign_to:
            user, words = self._choose_assignee(ticket)
            done.append(words)
            if user:
                values["user_id"] = user.id
        if priority := self._get_raised_priority(ticket):
            values["priority"] = priority
            labels = dict(ticket._fields["priority"]._description_selection(self.env))
            done.append(self.env._("Priority raised to %s.", labels[priority]))
        if tags := threshold.tag_ids - ticket.tag_ids:
            values["tag_ids"] = [Command.link(tag.id) for tag in tags]
            done.append(self.env._("Tags added: %s.", ", ".join(tags.mapped("name"))))
        return values, done

    def _choose_assignee(self, ticket):
        """The next assignee, if the ticket can go to them within its team; and what to say about it."""
        threshold, team = self.threshold_id, ticket.team_id
        user = threshold.reassign_user_id if threshold.reassign_to == "user" else team.user_id
        if not user:
            return None, self.env._("Not reassigned: the team has no leader.")
        if user == ticket.user_id:
            return None, self.env._("%s has the ticket already.", user.name)
        if user not in team.user_ids | team.user_id or not user.active:
            return None, self.env._("Not reassigned: %s is not in the team.", user.name)
        return user, self.env._("Reassigned to %s.", user.name)

    def _get_raised_priority(self, ticket):
        threshold = self.threshold_id
        keys = [key for key, _label in ticket._fields["priority"]._description_selection(self.env)]
        wanted = {
            "one": keys[min(keys.index(ticket.priority) + 1, len(keys) - 1)] if ticket.priority else keys[0],
            "critical": keys[-1],
        }.get(threshold.raise_priority)
        return wanted if wanted and wanted != ticket.priority else None
