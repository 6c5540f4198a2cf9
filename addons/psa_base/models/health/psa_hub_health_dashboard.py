from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...exceptions import ERROR_CLASSES

# {hours of a period that the dashboard offers: hours of one bar in its charts}
STEPS = {24: 1, 168: 6}


class PsaHubHealth(models.AbstractModel):
    """What the dashboard of the integrations shows, from a fixed number of SQL statements."""

    _inherit = "psa.hub.health"

    @api.model
    def get_dashboard(self, hours=24):
        """All numbers of the dashboard for the last `hours` (24 or 168), in the user's companies."""
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may look after the integrations."))
        hours = hours if hours in STEPS else 24
        now = fields.Datetime.now()
        since = now - timedelta(hours=hours)
        company_ids = self.env.companies.ids
        connections = self._fetch_connections(company_ids)
        tries = self._fetch_tries(company_ids, since, STEPS[hours] * 3600)
        return {
            "hours": hours,
            "since": fields.Datetime.to_string(since),
            "now": fields.Datetime.to_string(now),
            "totals": self._sum_up(connections, tries, now),
            "connections": self._describe_connections(connections, tries, now),
            "owners": self._count_by_owner(),
            "classes": self._count_by_class(tries),
            "series": self._lay_out_series(tries, since, now, STEPS[hours] * 3600),
        }

    def _fetch_tries(self, company_ids, since, step):
        """The tries after `since`, counted by bar and connection (`lines`), bar, error class, and in all (`total`).

        `company_ids` None means all companies. The latency of a message is the time from its arrival until the end of
        the try that worked it. Replays have none, because people decide when they happen.
        """
        query = SQL(
            """
            SELECT try.bar, try.connection_id, try.error_class,
                   grouping(try.bar, try.connection_id, try.error_class) AS kind,
                   count(*) FILTER (WHERE try.result = 'done') AS done,
                   count(*) FILTER (WHERE try.result <> 'done') AS failed,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY try.latency) AS p50,
                   percentile_disc(0.95) WITHIN GROUP (ORDER BY try.latency) AS p95
            FROM (%(incoming)s UNION ALL %(outgoing)s) AS try
            GROUP BY GROUPING SETS ((try.bar, try.connection_id), (try.bar), (try.error_class), ())
            """,
            incoming=self._select_tries("psa_hub_inbox", "inbox_id", "received_at", company_ids, since, step),
            outgoing=self._select_tries("psa_hub_outbox", "outbox_id", "created_at", company_ids, since, step),
        )
        names = {0b001: "lines", 0b011: "bars", 0b110: "classes", 0b111: "total"}
        tries = {name: [] for name in names.values()}
        for row in self.env.execute_query_dict(query):
            tries[names[row["kind"]]].append(row)
        return tries

    def _select_tries(self, table, link, arrived, company_ids, since, step):
        return SQL(
            """
            SELECT (floor(extract(epoch FROM attempt.started_at) / %(step)s) * %(step)s)::bigint AS bar,
                   message.connection_id, attempt.result, attempt.error_class,
                   CASE WHEN attempt.result = 'done' AND attempt.user_id IS NULL THEN
                        extract(epoch FROM attempt.started_at - message.%(arrived)s)::float
                        + attempt.duration_ms / 1000.0 END AS latency
            FROM psa_hub_attempt AS attempt
            JOIN %(table)s AS message ON message.id = attempt.%(link)s
            JOIN psa_hub_connection AS connection ON connection.id = message.connection_id
            WHERE attempt.started_at >= %(since)s AND %(companies)s
            """,
            step=step,
            table=SQL.identifier(table),
            link=SQL.identifier(link),
            arrived=SQL.identifier(arrived),
            since=since,
            companies=self._restrict(company_ids),
        )

    def _sum_up(self, connections, tries, now):
        [total] = tries["total"] or [{}]
        oldest = min((row["oldest_at"] for row in connections if row["oldest_at"]), default=None)
        alarms = self.env["psa.hub.alarm"].search_count([("state", "=", "open")])
        return {
            "waiting_in": sum(row["waiting_in"] for row in connections),
            "waiting_out": sum(row["waiting_out"] for row in connections),
            "retries": sum(row["retries"] for row in connections),
            "dead": sum(row["dead"] for row in connections),
            "oldest_seconds": int((now - oldest).total_seconds()) if oldest else None,
            "has_late": any(row["active"] and self._has_waited_too_long(row, now) for row in connections),
            "alarms": alarms,
            "done": total.get("done", 0),
            "failed": total.get("failed", 0),
            "p50": total.get("p50"),
            "p95": total.get("p95"),
        }

    def _describe_connections(self, connections, tries, now):
        lines = {}
        for row in tries["lines"]:
            lines.setdefault(row["connection_id"], {})[row["bar"]] = [row["done"], row["failed"]]
        adapters = dict(self.env["psa.hub.connection"]._fields["adapter"]._description_selection(self.env))
        return [
            {
                "id": row["id"],
                "name": row["name"],
                "adapter": adapters.get(row["adapter"], row["adapter"]),
                "circuit": row["circuit"] or "closed",
                "waiting": row["waiting"],
                "waiting_in": row["waiting_in"],
                "waiting_out": row["waiting_out"],
                "dead": row["dead"],
                "contact_seconds": self._get_silence(row, now),
                "trend": lines.get(row["id"], {}),
            }
            for row in connections
            if row["active"]
        ]

    def _get_silence(self, row, now):
        """Seconds since the system last sent or answered something; None when it never did."""
        heard_at = self._get_last_heard_at(row)
        return int((now - heard_at).total_seconds()) if heard_at else None

    def _count_by_owner(self):
        letters = self.env["psa.hub.dead.letter"]
        counts = letters._read_group([], ["owner_id"], ["__count"], order="__count desc")
        # sudo: the dashboard shows the names of owners, who may belong to other companies.
        return [{"id": owner.id, "name": owner.sudo().name or "", "count": count} for owner, count in counts]

    def _count_by_class(self, tries):
        labels = dict(ERROR_CLASSES)
        counts = [
            {"code": row["error_class"] or "", "name": labels.get(row["error_class"], ""), "count": row["failed"]}
            for row in tries["classes"]
            if row["failed"]
        ]
        return sorted(counts, key=lambda row: -row["count"])

    def _lay_out_series(self, tries, since, now, step):
        """The values of the charts: one for each bar of the period, also for bars without a try."""
        rows = {row["bar"]: row for row in tries["bars"]}
        first, last = (int(moment.replace(tzinfo=UTC).timestamp()) // step * step for moment in (since, now))
        bars = range(first, last + 1, step)
        return {
            "bars": list(bars),
            **{
                name: [rows[bar][name] if bar in rows else (None if name == "p95" else 0) for bar in bars]
                for name in ("done", "failed", "p95")
            },
        }
