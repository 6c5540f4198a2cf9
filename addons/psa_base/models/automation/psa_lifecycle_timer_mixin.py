from odoo import SUPERUSER_ID, api, fields, models

from ...series import ALL_GROUP_USERS
from ...tools.calendar.working_time import WorkingTime
from ..ticket.psa_ticket_checklist_mixin import PROVIDER


class PsaLifecycleTimerMixin(models.AbstractModel):
    """What happens to a ticket by itself while it waits, and how the system acts on it."""

    _name = "psa.lifecycle.timer.mixin"
    _description = "Timers of a ticket"

    timer_due_ids = fields.One2many(
        "psa.lifecycle.timer.due",
        "ticket_id",
        string="Waiting timers",
        domain=[("state", "=", "waiting")],
        readonly=True,
        groups=PROVIDER,
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._plan_timers()
        return tickets

    def _lifecycle_after_move(self, from_stages):
        result = super()._lifecycle_after_move(from_stages)
        timed = {stage_id for _lifecycle_id, stage_id in self.env["psa.lifecycle.timer"]._get_timers()}
        if left := self.filtered(lambda ticket: from_stages[ticket.id].id in timed):
            # sudo: timers follow the ticket, whoever moved it; nobody writes them by hand.
            self.env["psa.lifecycle.timer.due"].sudo()._void(left)
        self._plan_timers()
        return result

    def _plan_timers(self):
        # sudo: timers follow the ticket, whoever moved it; nobody writes them by hand.
        self.env["psa.lifecycle.timer.due"].sudo()._plan(self.sudo())

    def _get_stay_start(self):
        return self.stage_entered_at or self.last_stage_update

    def _get_timer_clock(self, is_working):
        return self.team_id.resource_calendar_id._get_working_time() if is_working else WorkingTime.always()

    def _move_as_system(self, stage, origin):
        """Move the ticket as the system, which has no role to be asked for; gates hold for it, too."""
        # The superuser: timers and replies move tickets whoever runs the scheduler or writes the reply.
        ticket = self.with_user(SUPERUSER_ID).with_context(**origin.context)
        ticket.write({"stage_id": stage.id})

    def _mail_to_contact(self, template):
        """Mail the template to the contact, by the mail queue; tell whether there was anybody to mail to."""
        if not template:
            return False
        if self.partner_id.email:
            self.with_context(mail_notify_force_send=False).message_post_with_source(
                template,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.partner_id.ids,
                email_layout_xmlid="mail.mail_notification_light",
            )
        elif self.partner_email:
            template.send_mail(self.id, force_send=False, email_values={"email_to": self.partner_email})
        return bool(self.partner_id.email or self.partner_email)

    def _plan_timer_activity(self, audience, summary, note=""):
        user = self._get_timer_user(audience)
        self.activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, note=note, user_id=(user or self.env.user).id
        )

    def _get_timer_user(self, audience):
        """The person to tell: the one asked for if there is one, else the leader, else Operations."""
        leader = self.team_id.user_id
        if audience == "assignee" and self.user_id.active:
            return self.user_id
        if audience != "operations" and leader.active:
            return leader
        return self._get_operations_user()

    def _get_operations_user(self):
        """The dispatcher of the ticket: the team's leader or a member with the role, else anybody with it."""
        team = self.team_id
        people = self.env.ref("psa_base.group_operations")[ALL_GROUP_USERS]
        people = people.filtered(lambda user: user.active and self.company_id in user.company_ids)
        dispatchers = people.filtered(lambda user: not user.has_group("psa_base.group_admin"))
        return (team.user_id & people or team.user_ids & people or dispatchers or people)[:1]
