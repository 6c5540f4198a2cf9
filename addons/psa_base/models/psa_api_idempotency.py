from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..series import Constraint


class PsaApiIdempotency(models.Model):
    """The answer to a request that bore an Idempotency-Key, kept so that a repeat gets the same.

    The row is written in the transaction of the request itself: where the request fails, nothing is
    kept. Nobody sees the table but the API.
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
    def _claim(self, client, key, request_hash):
        """Claim a client's key for this transaction: the row, and whether it is this request's own.

        No row at all means that the first request with the key is still running. Should it have
        finished after this transaction began, PostgreSQL refuses the insert as a serialization
        failure, and Odoo starts the request again: then it finds the answer.
        """
        [(is_free,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", client.id, f"{self._name} {key}")
        )
        if not is_free:
            return self.browse(), False
        insert = SQL(
            """
            INSERT INTO psa_api_idempotency (partner_id, idempotency_key, request_hash, create_date)
            VALUES (%s, %s, %s, %s) ON CONFLICT (partner_id, idempotency_key) DO NOTHING RETURNING id
            """,
            client.id,
            key,
            request_hash,
            fields.Datetime.now(),
        )
        self.env.cr.execute(insert, log_exceptions=False)
        if claimed := self.env.cr.fetchone():
            return self.browse(claimed), True
        return self.search([("partner_id", "=", client.id), ("idempotency_key", "=", key)]), False

    @api.autovacuum
    def _gc_answers(self):
        self.search([("create_date", "<", fields.Datetime.now() - self.RETENTION)]).unlink()
