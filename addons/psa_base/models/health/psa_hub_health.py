from odoo import models
from odoo.tools import SQL


class PsaHubHealth(models.AbstractModel):
    """The numbers of the hub, for the dashboard, the metrics and the alarms.

    Each method is one SQL statement, however many connections and messages there are.
    """

    _name = "psa.hub.health"
    _description = "Health of the integrations"

    def _fetch_connections(self, company_ids=None):
        """A dict for each connection: its limits, its numbers of messages, and when it was last heard of."""
        self.env.flush_all()
        query = SQL(
            """
            SELECT connection.id, connection.name, connection.active, connection.adapter, connection.owner_id,
                   connection.create_date, connection.silent_minutes, connection.backlog_limit,
                   connection.backlog_minutes, connection.dead_limit, connection.rejected_count,
                   coalesce(incoming.waiting, 0) AS waiting_in, coalesce(outgoing.waiting, 0) AS waiting_out,
                   coalesce(incoming.waiting, 0) + coalesce(outgoing.waiting, 0) AS waiting,
                   coalesce(incoming.retries, 0) + coalesce(outgoing.retries, 0) AS retries,
                   coalesce(incoming.dead, 0) + coalesce(outgoing.dead, 0) AS dead,
                   least(incoming.oldest_at, outgoing.oldest_at) AS oldest_at,
                   newest.received_at AS last_message_at,
                   circuit.state AS circuit, coalesce(circuit.state <> 'closed', false) AS is_held_back,
                   circuit.last_contact_at, circuit.last_failure_at
            FROM psa_hub_connection AS connection
            LEFT JOIN (%(incoming)s) AS incoming ON incoming.connection_id = connection.id
            LEFT JOIN (%(outgoing)s) AS outgoing ON outgoing.connection_id = connection.id
            LEFT JOIN psa_hub_circuit AS circuit ON circuit.connection_id = connection.id
            LEFT JOIN LATERAL (
                SELECT message.received_at FROM psa_hub_inbox AS message
                WHERE message.connection_id = connection.id ORDER BY message.received_at DESC LIMIT 1
            ) AS newest ON true
            WHERE %(companies)s
            ORDER BY connection.name, connection.id
            """,
            incoming=self._select_open("psa_hub_inbox", "received_at", ("received",)),
            outgoing=self._select_open("psa_hub_outbox", "created_at", ("waiting", "sending")),
            companies=self._restrict(company_ids),
        )
        return self.env.execute_query_dict(query)

    def _get_last_heard_at(self, row):
        """When the system of a connection (a row of `_fetch_connections`) last sent or answered something, or None."""
        return max(filter(None, (row["last_message_at"], row["last_contact_at"])), default=None)

    def _has_waited_too_long(self, row, now):
        """Whether the oldest message of a connection (a row of `_fetch_connections`) has waited beyond its limit."""
        limit, oldest_at = row["backlog_minutes"], row["oldest_at"]
        return bool(limit and oldest_at and (now - oldest_at).total_seconds() >= limit * 60)

    def _select_open(self, table, arrived, waiting):
        """The query that counts the open messages of a ledger by connection."""
        return SQL(
            """
            SELECT connection_id,
                   count(*) FILTER (WHERE state IN %(waiting)s) AS waiting,
                   count(*) FILTER (WHERE state IN %(waiting)s AND retry_at IS NOT NULL) AS retries,
                   min(%(arrived)s) FILTER (WHERE state IN %(waiting)s) AS oldest_at,
                   count(*) FILTER (WHERE state = 'dead') AS dead
            FROM %(table)s WHERE %(open)s GROUP BY connection_id
            """,
            arrived=SQL.identifier(arrived),
            table=SQL.identifier(table),
            waiting=waiting,
            # ORs instead of IN, because each state has a partial index of its own.
            open=SQL(" OR ").join(SQL("state = %s", state) for state in (*waiting, "dead")),
        )

    def _restrict(self, company_ids):
        """The condition for connections of these companies; None means all companies."""
        if company_ids is None:
            return SQL("true")
        return SQL("connection.company_id = ANY(%s)", list(company_ids))
