from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...series import Constraint


class PsaApiIdempotency(models.Model):
    """The answer to a request with an Idempotency-Key, kept so that a repeat of the request gets the same answer.

    The row is written in the transaction of the request, so nothing is kept of a request that fails. Only the API
    uses the table, by SQL, so that a repeat costs one query.
    """

    _name = "psa.api.idempotency"
    _description = "Answer kept for a repeated request"
    _rec_name = "idempotency_key"

    RETENTION = timedelta(hours=24)

    partner_id = fields.Many2one("res.partner", string="Client", required=True, ondelete="cascade")
    idempotency_key = fields.Char(string="Idempotency key", required=True)
    request_hash = fields.Char(string="Fingerprint of the request", required=True)
    status = fields.Integer()
    body = fields.Text()
    location = fields.Char()

    _key_uniq = Constraint("unique(partner_id, idempotency_key)", "This key has been used already.")

    @api.model
    def _claim(self, client_id, key, request_hash):
        """Claim a client's idempotency key for this transaction: (whether it is claimed, the answer kept before).

        The kept answer is (fingerprint, status, body, location). When the key is not claimed and there is no answer,
        the first request with the key is still running. If that request has finished after this transaction began,
        PostgreSQL refuses the insert as a serialization failure. Then Odoo starts this request again, and it finds the
        answer.
        """
        claim = SQL(
            """
            WITH kept AS (
                SELECT request_hash, status, body, location FROM psa_api_idempotency
                WHERE partner_id = %(client)s AND idempotency_key = %(key)s AND create_date > %(cutoff)s
            ),
            lock AS (
                SELECT pg_try_advisory_xact_lock(%(client)s, hashtext(%(lock)s)) AS is_free
                WHERE NOT EXISTS (SELECT FROM kept)
            ),
            claimed AS (
                INSERT INTO psa_api_idempotency AS old (partner_id, idempotency_key, request_hash, create_date)
                SELECT %(client)s, %(key)s, %(hash)s, %(now)s FROM lock WHERE is_free
                ON CONFLICT (partner_id, idempotency_key) DO UPDATE
                    SET request_hash = EXCLUDED.request_hash, create_date = EXCLUDED.create_date
                    WHERE old.create_date <= %(cutoff)s
            )
            SELECT lock.is_free, kept.* FROM lock FULL JOIN kept ON true
            """,
            client=client_id,
            key=key,
            lock=f"{self._name} {key}",
            hash=request_hash,
            now=fields.Datetime.now(),
            cutoff=self._get_cutoff(),
        )
        self.env.cr.execute(claim, log_exceptions=False)
        is_free, *kept = self.env.cr.fetchone()
        return bool(is_free), None if is_free is not None else kept

    @api.model
    def _keep_answer(self, client_id, key, status, body, location):
        self.env.cr.execute(
            SQL(
                """
                UPDATE psa_api_idempotency SET status = %s, body = %s, location = %s
                WHERE partner_id = %s AND idempotency_key = %s
                """,
                status,
                body,
                location,
                client_id,
                key,
            )
        )

    @api.model
    def _get_cutoff(self):
        """The time before which answers no longer count, even while their rows have not been deleted yet."""
        return fields.Datetime.now() - self.RETENTION

    @api.autovacuum
    def _gc_answers(self):
        self.search([("create_date", "<=", self._get_cutoff())]).unlink()
