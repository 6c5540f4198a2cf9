"""What the system does while people work: targets come due, timers fire, tickets open, alerts end."""

from datetime import timedelta

from odoo.tools import SQL

from odoo.addons.psa_base.services.escalation.sweep import sweep
from odoo.addons.psa_base.tools.origin import Origin

NEXT_DUE = SQL(
    """
    SELECT min(moment) FROM (
        SELECT min(next_alert_at) AS moment FROM helpdesk_ticket_sla
        UNION ALL SELECT min(due_at) FROM psa_lifecycle_timer_due WHERE state = 'waiting'
        UNION ALL SELECT min(next_at) FROM psa_ticket_recurrence WHERE state = 'running'
        UNION ALL SELECT min(alert.last_at + CASE alert.state
            WHEN 'held' THEN rule.hold_minutes * interval '1 minute' ELSE rule.quiet_hours * interval '1 hour' END)
            FROM psa_alert AS alert JOIN psa_alert_rule AS rule ON rule.id = alert.rule_id
            WHERE alert.state = 'held' OR alert.state <> 'recovered' AND rule.quiet_hours > 0
        UNION ALL SELECT min(calm_at) FROM psa_alert
    ) AS queues
    """
)


class Scheduler:
    """Odoo's scheduled actions in the time of the story. They run only at minutes when something is due."""

    def __init__(self, world, set_time):
        # Jobs are run at once, because the job runner does not run in the past.
        self.env = world.env(context={**world.env.context, **Origin.SYSTEM.context, "queue_job__no_delay": True})
        self.generator = world.env.ref("psa_base.user_integration")
        self.set_time = set_time

    def run_until(self, moment):
        while due := self._get_next_minute(moment):
            self.set_time(due)
            self._run()

    def _get_next_minute(self, moment):
        """The first whole minute before `moment` at which something is due, if any."""
        self.env.flush_all()
        [(first,)] = self.env.execute_query(NEXT_DUE)
        minute = first and _round_up(first)
        return minute if minute and minute < moment else None

    def _run(self):
        sweep(self.env)
        for dues in self.env["psa.lifecycle.timer.due"]._lock_due().grouped("ticket_id").values():
            dues._fire()
        self.env["psa.ticket.recurrence"].with_user(self.generator)._cron_generate()
        self.env["psa.alert"].with_user(self.generator)._cron_sweep()


def _round_up(moment):
    """The next whole minute, because the scheduler wakes once a minute."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)
