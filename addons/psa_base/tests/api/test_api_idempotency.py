from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ...api import route
from ...models.api.psa_api_idempotency import PsaApiIdempotency
from .common import PsaApiCase

TICKET = {"subject": "Cannot print", "description": "Since this morning."}


@tagged("post_install", "-at_install")
class TestApiIdempotency(PsaApiCase):
    """The same POST sent again with the same Idempotency-Key."""

    def _create(self, key="key-1", bearer=None, **values):
        return self.call("POST", "/tickets", {**TICKET, **values}, bearer=bearer, headers={"Idempotency-Key": key})

    def _count_tickets(self):
        return self.env["helpdesk.ticket"].search_count([("team_id", "=", self.team.id)])

    def test_repeat_gets_the_first_answer_and_makes_nothing(self):
        first, again = self._create(), self._create()
        self.assertEqual(first.status_code, 201, first.text)
        self.assertNotIn("Idempotency-Replayed", first.headers)
        self.assertEqual((again.status_code, again.content), (201, first.content))
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertEqual(again.headers["Location"], first.headers["Location"])
        self.assertEqual(self._count_tickets(), 1)

    def test_repeat_gets_the_first_answer_although_the_ticket_has_moved_on(self):
        first = self._create()
        self.env["helpdesk.ticket"].browse(first.json()["id"]).name = "Renamed"
        self.assertEqual(self._create().content, first.content)

    def test_other_body_with_the_same_key_is_refused(self):
        self._create()
        self.assert_problem(self._create(subject="Something else"), 422)
        self.assertEqual(self._count_tickets(), 1)

    def test_same_key_of_another_client_is_another_key(self):
        first = self._create()
        other = self._create(bearer=self.other_bearer)
        self.assertEqual(other.status_code, 201)
        self.assertNotEqual(other.json()["id"], first.json()["id"])

    def test_refused_request_keeps_nothing(self):
        self.assert_problem(self._create(priority="urgent"), 422, "priority")
        self.assert_problem(self._create(asset={"id": 0}), 422, "asset")
        self.assertFalse(self.env["psa.api.idempotency"].sudo().search([]))
        self.assertEqual(self._create().status_code, 201)

    def test_repeat_while_the_first_runs_is_told_so(self):
        with patch.object(PsaApiIdempotency, "_claim", return_value=(False, None)):
            response = self._create()
        self.assert_problem(response, 409)
        self.assertEqual(response.headers["Retry-After"], "1")
        self.assertEqual(self._count_tickets(), 0)

    def test_claim_that_another_transaction_holds_gives_nothing(self):
        claims = self.env["psa.api.idempotency"]
        with self.env.registry._db.cursor() as other:
            other.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
                [self.client_company.id, f"{claims._name} key-1"],
            )
            self.assertEqual(claims._claim(self.client_company.id, "key-1", "hash"), (False, None))

    def test_unfit_key_is_refused(self):
        for key in ("", "two words", "x" * 256):
            self.assert_problem(self._create(key), 400)

    def test_repeat_costs_no_look_at_the_body(self):
        first = self._create()
        with patch.object(route, "validate_body", side_effect=AssertionError):
            self.assertEqual(self._create().content, first.content)

    def test_answer_of_yesterday_counts_for_nothing_although_it_is_there(self):
        first = self._create()
        self.env.flush_all()
        self.env.cr.execute("UPDATE psa_api_idempotency SET create_date = create_date - interval '24 hours'")
        other = self._create(subject="Something else")
        self.assertEqual(other.status_code, 201, other.text)
        self.assertNotEqual(other.json()["id"], first.json()["id"])
        again = self._create(subject="Something else")
        self.assertEqual((again.content, again.headers["Idempotency-Replayed"]), (other.content, "true"))

    def test_answers_are_kept_for_a_day(self):
        self._create()
        claims = self.env["psa.api.idempotency"].sudo()
        with freeze_time(fields.Datetime.now() + timedelta(hours=23)):
            claims._gc_answers()
        self.assertTrue(claims.search([]))
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            claims._gc_answers()
        self.assertFalse(claims.search([]))
