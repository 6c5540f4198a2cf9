from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...series import Constraint
from ...tools.api.lease import Leases
from ...tools.own_transaction import execute_apart

_leases = Leases()


class PsaApiUsage(models.Model):
    """How many requests were made with one API key in one minute."""

    _name = "psa.api.usage"
    _description = "API usage"
    _order = "minute desc, id desc"
    _rec_name = "minute"

    RETENTION = timedelta(days=7)

    key_id = fields.Many2one("psa.api.key", required=True, readonly=True, ondelete="cascade")
    minute = fields.Datetime(required=True, readonly=True, index=True)
    request_count = fields.Integer(
        string="Requests",
        required=True,
        readonly=True,
        help="Requests of busy keys are counted several at a time, so this can be a few more than there were.",
    )
    address = fields.Char(string="From", readonly=True, help="The address that the last request came from.")

    _key_minute_uniq = Constraint("unique(key_id, minute)", "A minute of a key is counted once.")

    @api.model
    def _take(self, access, address):
        """Let one more request of an `ApiAccess` in, and return how many are left in this minute.

        None: no request was left, and this one may not come in. All workers and nodes share the count, which is
        written in a transaction of its own.
        """
        minute = fields.Datetime.now().replace(second=0)
        return _leases.take(
            (self.env.cr.dbname, access.key_id),
            minute,
            access.rate_per_minute,
            lambda size: self._count(access, minute, size, address),
        )

    @api.model
    def _count(self, access, minute, size, address):
        """Count `size` requests, and return how many there are now in this minute; None when the rate is used up."""
        row = execute_apart(
            self.env,
            SQL(
                """
                INSERT INTO psa_api_usage AS usage (key_id, minute, request_count, address) VALUES (%s, %s, %s, %s)
                ON CONFLICT (key_id, minute) DO UPDATE
                    SET request_count = usage.request_count + EXCLUDED.request_count, address = EXCLUDED.address
                    WHERE usage.request_count < %s
                RETURNING request_count
                """,
                access.key_id,
                minute,
                size,
                address,
                access.rate_per_minute,
            ),
        )
        return row and row[0]

    @api.model
    def _get_last_uses(self, keys):
        """{key's ID: (minute, address)} of the last requests of each key."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT key.id, usage.minute, usage.address
                FROM psa_api_key key CROSS JOIN LATERAL (
                    SELECT minute, address FROM psa_api_usage WHERE key_id = key.id ORDER BY minute DESC LIMIT 1
                ) usage
                WHERE key.id = ANY(%s)
                """,
                keys.ids,
            )
        )
        return {key_id: (minute, address or False) for key_id, minute, address in rows}

    @api.autovacuum
    def _gc_usage(self):
        """Delete what is older than a week, except the last use of each key."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM psa_api_usage usage WHERE minute < %s AND EXISTS (
                    SELECT FROM psa_api_usage later WHERE later.key_id = usage.key_id AND later.minute > usage.minute
                )
                """,
                fields.Datetime.now() - self.RETENTION,
            )
        )
