import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, format_datetime

_logger = logging.getLogger(__name__)


class PsaSlaAlert(models.Model):
    """How SLA alerts reach people: one job delivers many, and all of a ticket's alerts are told in one message.

    What an alert does and its new state are in one transaction, with the mails that it puts into Odoo's
    queue. A crash undoes all of it, so the next try finds the alert as it was.
    """

    _inherit = "psa.sla.alert"

    BATCH_SIZE = 100
    MAX_TRIES = 5
    RETRY_DELAY = timedelta(minutes=2)

    message = fields.Html(
        string="In words",
        compute="_compute_message",
        compute_sudo=True,
        help="What came due and when. In a mail: for all alerts that the mail is about.",
    )

    @api.depends_context("psa_sla_lines")
    def _compute_message(self):
        for alert in self:
            alert.message = alert._get_list(self.env.context.get("psa_sla_lines") or alert._get_lines())

    @api.model
    def _wake_delivery(self):
        """Enqueue a job that delivers what waits, unless one is enqueued already."""
        self.with_delay(
            description=self.env._("Deliver SLA alerts"), identity_key="psa.sla.alert.deliver"
        )._deliver_pending()

    @api.model
    def _deliver_pending(self):
        """Deliver a batch of alerts, ask about a batch of breaches, and enqueue the next. Returns the alerts taken."""
        alerts = self._lock_pending()
        for ticket, own in alerts.grouped("ticket_id").items():
            own._deliver(ticket)
        breaches = self.env["psa.sla.breach"]._ask_pending(self.BATCH_SIZE)
        if self.BATCH_SIZE in (len(alerts), len(breaches)):
            self._wake_delivery()
        return len(alerts)

    @api.model
    def _lock_pending(self):
        """Alerts to deliver, locked by this transaction: by ticket, in the order in which they came due."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM psa_sla_alert
                WHERE state = 'pending' AND (retry_at IS NULL OR retry_at <= %s)
                ORDER BY ticket_id, due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
                """,
                fields.Datetime.now(),
                self.BATCH_SIZE,
            )
        )
        return self.browse(alert_id for (alert_id,) in rows)

    def _deliver(self, ticket):
        """Deliver the alerts of one ticket. An error undoes what they did, and they keep it as their outcome."""
        try:
            with self.env.cr.savepoint():
                needed = self._filter_needed(ticket)
                (self - needed)._take_state(("pending",), "moot", outcome=self.env._("The target was met in time."))
                needed = needed._take_state(("pending",), "delivered", delivered_at=fields.Datetime.now())
                needed._note_outcomes([*needed._tell_people(ticket), *needed._escalate_ticket(ticket)])
                needed._put_posts()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # The job starts again: its whole transaction is stale.
        except Exception as error:
            if len(self) > 1:
                # One by one: an alert that fails, for its mail for example, holds up no other.
                for alert in self:
                    alert._deliver(ticket)
                return
            _logger.exception("SLA alerts %s of ticket %s could not be delivered", self.ids, ticket.id)
            self._note_failure(str(error) or type(error).__name__)

    def _note_failure(self, error):
        for alert in self:
            tries = alert.tries + 1
            alert._take_state(
                ("pending",),
                "failed" if tries >= self.MAX_TRIES else "pending",
                tries=tries,
                retry_at=fields.Datetime.now() + self.RETRY_DELAY * 2 ** (tries - 1),
                outcome=error[:2000],
            )

    def _note_outcomes(self, done):
        """Keep on each alert what it did. `done` has pairs of alerts and words."""
        for alert in self:
            lines = [words for alerts, words in done if alert in alerts]
            alert._set_values(outcome="\n".join(lines) or self.env._("Nobody to tell and nothing to do."))

    def _filter_needed(self, ticket):
        """All but the warnings of targets that were met in time: nobody needs those any more."""
        met = {(row.layer, row.target) for row in ticket.ticket_sla_ids if row.met_at}
        return self.filtered(lambda alert: (alert.layer, alert.target) not in met or alert._get_breached_at())

    def _tell_people(self, ticket):
        """Tell each person once of all alerts for them. Returns pairs: the alerts, and who was told by which means."""
        told = []
        for means in ("activity", "inbox", "mail"):
            for users, alerts in self._group_by_audience(ticket, means):
                getattr(alerts, f"_tell_by_{means}")(ticket, users)
                names = ", ".join(users.mapped("name"))
                told.append((alerts, self._get_told_line(means, names)))
        for alert in self.filtered("threshold_id.tell_contact"):
            if ticket.partner_id.email:
                alert._send_mail(ticket, ticket.partner_id)
                told.append((alert, self._get_told_line("mail", ticket.partner_id.name)))
        return told

    def _get_told_line(self, means, names):
        words = {
            "activity": self.env._("Activity: %s", names),
            "inbox": self.env._("Notification: %s", names),
            "mail": self.env._("Mail: %s", names),
        }
        return words[means]

    def _group_by_audience(self, ticket, means):
        """(users, alerts) for one means: people to be told of the same alerts are told together."""
        field = {"activity": "by_activity", "inbox": "by_inbox", "mail": "mail_template_id"}[means]
        by_user = {}
        for alert in self.filtered(f"threshold_id.{field}"):
            for user in alert.threshold_id._get_users(ticket):
                by_user.setdefault(user, self.browse())
                by_user[user] |= alert
        groups = {}
        for user, alerts in by_user.items():
            if ticket.with_user(user).has_access("read"):
                groups[alerts] = groups.get(alerts, user.browse()) | user
        return [(users, alerts) for alerts, users in groups.items()]

    def _tell_by_activity(self, ticket, users):
        for user in users:
            ticket.activity_schedule(
                "psa_base.mail_activity_type_sla",
                user_id=user.id,
                summary=self[-1].threshold_id.name,
                note=self._get_body(ticket),
            )

    def _tell_by_inbox(self, ticket, users):
        ticket.message_notify(
            partner_ids=users.partner_id.ids,
            subject=self._get_subject(ticket),
            body=self._get_body(ticket),
        )

    def _tell_by_mail(self, ticket, users):
        # One mail for all alerts: that of the latest, whose template shows a line for each.
        self[-1].with_context(psa_sla_lines=self._get_lines())._send_mail(ticket, users.partner_id)

    def _send_mail(self, ticket, partners):
        self.threshold_id.mail_template_id.send_mail(
            self.id,
            email_values={"recipient_ids": [(4, partner.id) for partner in partners], "email_to": False},
        )

    def _get_subject(self, ticket):
        return f"{ticket.number}: {self[-1].threshold_id.name}"

    def _get_body(self, ticket):
        return Markup("<p>%s</p>%s") % (ticket.display_name, self._get_list(self._get_lines()))

    @api.model
    def _get_list(self, lines):
        return Markup("<ul>%s</ul>") % Markup("").join(Markup("<li>%s</li>") % line for line in lines)

    def _get_lines(self):
        """What came due and when: a line for each alert."""
        return [alert._get_line() for alert in self]

    def _get_line(self):
        """For example: Client, resolution: 90 % used up. Came due on …; the target is due at …."""
        labels = {name: dict(self._fields[name]._description_selection(self.env)) for name in ("layer", "target")}
        row, breached_at = self._get_row(), self._get_breached_at()
        words = {
            "what": f"{labels['layer'][self.layer]}, {labels['target'][self.target].lower()}",
            "threshold": self.threshold_id.name,
            "due": self._format_moment(self.due_at, row),
            "deadline": self._format_moment(breached_at or row.deadline, row),
        }
        if breached_at:
            return self.env._(
                "%(what)s: %(threshold)s, came due on %(due)s. The target was missed on %(deadline)s.", **words
            )
        return self.env._("%(what)s: %(threshold)s, came due on %(due)s. The target is due on %(deadline)s.", **words)

    def _get_row(self):
        """The target's clock, as it stands now."""
        return self.ticket_id.ticket_sla_ids.filtered(lambda row: (row.layer, row.target) == (self.layer, self.target))[
            :1
        ]

    def _get_breached_at(self):
        """When the target was missed. The breach says it even when the ticket is under another rule by now."""
        breach = self.ticket_id.sla_breach_ids.filtered(
            lambda breach: (breach.layer, breach.target) == (self.layer, self.target) and not breach.withdrawn_at
        )
        return breach.breached_at or self._get_row().breached_at

    def _format_moment(self, moment, row):
        """The moment in the time zone of the target's calendar, with its name: readers sit in other zones."""
        tz = row.calendar_id.tz or self.env.user.tz or "UTC"
        return f"{format_datetime(self.env, moment, tz=tz, dt_format='d MMM yyyy HH:mm')} ({tz})" if moment else "-"

    # --- Escalation: an alert reassigns its ticket, raises its priority or tags it, and says so in the chatter. ---

    def _escalate_ticket(self, ticket):
        """Escalate the ticket, in the order in which the alerts came due. Returns pairs: the alert and what it did."""
        done = []
        for alert in self.filtered(lambda alert: alert.threshold_id.escalation_level or alert._has_deed()):
            done += [(alert, words) for words in alert._escalate_one(ticket)]
        return done

    def _has_deed(self):
        threshold = self.threshold_id
        return bool(threshold.reassign_to or threshold.raise_priority or threshold.tag_ids)

    def _escalate_one(self, ticket):
        # The lines are made before the write: another priority can put the ticket under another rule.
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
        """(values to write on the ticket, the same in words)."""
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
        """(user, words): the next assignee if there is one in the ticket's team, and what to say about it."""
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
