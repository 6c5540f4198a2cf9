from datetime import UTC, timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...tools.health.prometheus import Metric

# Metrics of tries cover the last 60 minutes, which is longer than any usual scrape interval.
WINDOW = timedelta(minutes=60)


class PsaHubHealth(models.AbstractModel):
    """The numbers of the hub, the job queue and the desk, for a monitoring program (`/psa/metrics`).

    Labels name connections, adapters, kinds of failure and states of jobs, never clients or people. Another addon adds
    its metrics by overriding `_collect_metrics`.
    """

    _inherit = "psa.hub.health"

    def _collect_metrics(self):
        now = fields.Datetime.now()
        return [
            *self._measure_connections(now),
            *self._measure_tries(now),
            self._measure_alarms(),
            self._measure_jobs(),
            *self._measure_desk(),
        ]

    def _measure_connections(self, now):
        """Waiting and dead messages, last contact and refused messages, by connection."""
        backlog = Metric("psa_hub_backlog_messages", "Messages that wait to be worked or sent.")
        oldest = Metric("psa_hub_oldest_message_age_seconds", "Age of the oldest message that waits.")
        retries = Metric("psa_hub_retrying_messages", "Messages that wait for another try.")
        dead = Metric("psa_hub_dead_letters", "Messages that wait for a person.")
        contact = Metric("psa_hub_last_contact_timestamp_seconds", "When the other system was last heard of.")
        circuit = Metric("psa_hub_circuit_open", "1 while calls to the other system are held back.")
        rejected = Metric("psa_hub_rejected_total", "Messages refused for their signature.", "counter")
        for row in self._fetch_connections():
            if not row["active"]:
                continue
            labels = {"connection": row["name"], "connection_id": row["id"], "adapter": row["adapter"]}
            backlog.add(row["waiting_in"], **labels, direction="in").add(row["waiting_out"], **labels, direction="out")
            oldest.add((now - row["oldest_at"]).total_seconds() if row["oldest_at"] else 0, **labels)
            retries.add(row["retries"], **labels)
            dead.add(row["dead"], **labels)
            heard_at = self._get_last_heard_at(row)
            contact.add(heard_at.replace(tzinfo=UTC).timestamp() if heard_at else None, **labels)
            circuit.add(int(row["is_held_back"]), **labels)
            rejected.add(row["rejected_count"], **labels)
        return backlog, oldest, retries, dead, contact, circuit, rejected

    def _measure_tries(self, now):
        tries = self._fetch_tries(None, now - WINDOW, 3600)
        done = Metric("psa_hub_attempts_recent", "Tries at messages in the last 60 minutes, by result.")
        failures = Metric("psa_hub_failures_recent", "Failed tries in the last 60 minutes, by kind of failure.")
        latency = Metric("psa_hub_latency_seconds", "From a message's arrival until it was done, last 60 minutes.")
        for row in tries["total"]:
            done.add(row["done"], result="done").add(row["failed"], result="failed")
            latency.add(row["p50"], quantile="0.5").add(row["p95"], quantile="0.95")
        for row in tries["classes"]:
            if row["failed"]:
                failures.add(row["failed"], **{"class": row["error_class"] or "none"})
        return done, failures, latency

    def _measure_alarms(self):
        metric = Metric("psa_hub_alarms_open", "Open alarms, by kind.")
        counts = dict(self.env["psa.hub.alarm"]._read_group([("state", "=", "open")], ["kind"], ["__count"]))
        for kind in dict(self.env["psa.hub.alarm"]._fields["kind"].selection):
            metric.add(counts.get(kind, 0), kind=kind)
        return metric

    def _measure_jobs(self):
        metric = Metric("psa_jobs", "Jobs in the queue, by state.")
        states = ("wait_dependencies", "pending", "enqueued", "started", "failed")
        counted = self.env.execute_query(
            SQL("SELECT state, count(*) FROM queue_job WHERE state IN %s GROUP BY state", states)
        )
        for state in states:
            metric.add(dict(counted).get(state, 0), state=state)
        return metric

    def _measure_desk(self):
        breaches = self.env["psa.sla.breach"].search_count([("is_open", "=", True)])
        [(hours,)] = self.env["account.analytic.line"]._read_group(
            [("ticket_id", "!=", False), ("approval_state", "=", "draft")], [], ["unit_amount:sum"]
        )
        return (
            Metric("psa_sla_breaches_open", "SLA breaches that nobody has explained yet.").add(breaches),
            Metric("psa_time_unapproved_hours", "Hours on tickets that nobody has approved yet.").add(hours or 0),
        )
