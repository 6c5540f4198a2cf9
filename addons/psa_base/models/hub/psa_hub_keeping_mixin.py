from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL


class PsaHubKeepingMixin(models.AbstractModel):
    """What is left of a message that is done: at first all, then its ID and its attempts, in the end nothing."""

    _name = "psa.hub.keeping.mixin"
    _description = "Keeping of messages"

    # One step is one transaction.
    KEEPING_STEP = 1000

    # the column that says when the message came, the states that nobody waits for, and what an empty row holds
    _arrived_field = None
    _settled_states = ()
    _emptied_values = {}

    emptied_at = fields.Datetime(
        string="Emptied on",
        readonly=True,
        help="The payload is gone since then: the connection says for how long payloads are kept.",
    )

    @api.model
    def _empty_payloads(self, now):
        """Empty the payloads of one step; {connection id: how many}."""
        values = {**self._emptied_values, "emptied_at": now}
        # an array is worked once: PostgreSQL may work IN (SELECT ... SKIP LOCKED) for every row, each time further on
        update = SQL(
            "UPDATE %s SET %s WHERE id = ANY(ARRAY(%s)) RETURNING connection_id",
            SQL.identifier(self._table),
            SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items()),
            self._select_old("payload_days", now, SQL("message.emptied_at IS NULL")),
        )
        rows = self.env.execute_query(update)
        self.invalidate_model()
        return Counter(connection_id for (connection_id,) in rows)

    @api.model
    def _remove_old(self, now):
        """Remove the messages of one step with their attempts; {connection id: how many}."""
        rows = self.env.execute_query(self._select_old("message_days", now, SQL("true")))
        ids = [message_id for (message_id,) in rows]
        if not ids:
            return {}
        self.env.cr.execute(
            SQL("DELETE FROM psa_hub_attempt WHERE %s = ANY(%s)", SQL.identifier(self._attempt_field), ids)
        )
        removed = self.env.execute_query(
            SQL("DELETE FROM %s WHERE id = ANY(%s) RETURNING connection_id", SQL.identifier(self._table), ids)
        )
        self.env.invalidate_all()
        return Counter(connection_id for (connection_id,) in removed)

    def _select_old(self, days, now, condition):
        """Settled messages that are older than their connection keeps them, held by this transaction."""
        self.flush_model()
        self.env["psa.hub.connection"].flush_model(["payload_days", "message_days"])
        return SQL(
            """
            SELECT message.id FROM %(table)s AS message
            JOIN psa_hub_connection AS connection ON connection.id = message.connection_id
            WHERE message.state IN %(settled)s AND %(condition)s
              AND message.%(arrived)s < %(now)s - connection.%(days)s * interval '1 day'
            ORDER BY message.id LIMIT %(step)s FOR UPDATE OF message SKIP LOCKED
            """,
            table=SQL.identifier(self._table),
            settled=self._settled_states,
            condition=condition,
            arrived=SQL.identifier(self._arrived_field),
            now=now,
            days=SQL.identifier(days),
            step=self.KEEPING_STEP,
        )
