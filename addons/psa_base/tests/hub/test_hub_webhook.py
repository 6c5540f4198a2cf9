from datetime import UTC, datetime, timedelta
from threading import current_thread, main_thread
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import HttpCase, tagged

from ...tools import standard_webhooks
from ..common import new_test_user, read_payload
from .common import WebhookMixin


@tagged("post_install", "-at_install")
class TestHubWebhook(WebhookMixin, HttpCase):
    """POST /psa/webhook/<token>, as another system sees it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payload = read_payload("generic", "registered")

    def _get_messages(self):
        return self.env["psa.hub.inbox"].search([("connection_id", "=", self.connection.id)])

    def _assert_problem(self, response, status):
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        problem = response.json()
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"])
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertFalse(self._get_messages())
        return problem

    def test_signed_message_is_accepted_and_stored(self):
        response = self.deliver(self.payload, message_id="msg_1")
        self.assertEqual(response.status_code, 202, response.text)
        message = self._get_messages()
        self.assertEqual(response.json(), {"id": message.uuid, "status": "accepted"})
        self.assertRecordValues(
            message,
            [{"state": "received", "dedupe_key": "msg_1", "event_type": "SystemRegistered"}],
        )
        self.assertIn("SRV-FS01", message.raw)
        self.assertEqual(message.headers["webhook-signature"], "***")

    def test_correlation_id_is_taken_over_or_made(self):
        taken = self.deliver(self.payload, headers={"X-Request-Id": "noc-4711"})
        self.assertEqual(taken.headers["X-Request-Id"], "noc-4711")
        made = self.deliver(self.payload, headers={"X-Request-Id": "not well formed"})
        self.assertEqual(
            sorted(self._get_messages().mapped("correlation_id")), sorted(["noc-4711", made.headers["X-Request-Id"]])
        )

    def test_delivery_asks_the_database_for_one_thing(self):
        """One statement stores the message; everything needed of the connection is in the cache."""
        self.deliver(self.payload)
        statements = []
        execute = Cursor.execute

        def record(cursor, query, *args, **kwargs):
            if current_thread() is not main_thread():  # the server, not the test
                statements.append(getattr(query, "code", query))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", record):
            self.deliver(self.payload)
        of_ours = [statement for statement in statements if "psa_" in statement or "res_users" in statement]
        self.assertEqual(len(of_ours), 1, of_ours)
        self.assertIn("INSERT INTO psa_hub_inbox", of_ours[0])

    def test_same_delivery_again_is_answered_as_duplicate(self):
        first = self.deliver(self.payload, message_id="msg_1")
        second = self.deliver(self.payload, message_id="msg_1")
        self.assertEqual(second.status_code, 200)
        self.assertEqual(second.json(), {"id": first.json()["id"], "status": "duplicate"})
        self.assertEqual(len(self._get_messages()), 1)

    def test_other_connection_with_same_message_id_is_not_a_duplicate(self):
        other = self.connection.copy()
        secret = other._rotate_secret()
        self.deliver(self.payload, message_id="msg_1")
        response = self.deliver(self.payload, message_id="msg_1", token=other.token, secret=secret)
        self.assertEqual(response.status_code, 202)

    def test_wrong_signatures_get_one_answer_and_are_counted(self):
        now = datetime.now(UTC)
        signed = self.deliver(self.payload, message_id="msg_other").request.headers["webhook-signature"]
        accepted = self._get_messages()
        causes = {
            "missing": {"headers": {"webhook-signature": None}},
            "garbage": {"headers": {"webhook-signature": "v1,%%%"}},
            "other version": {"headers": {"webhook-signature": signed.replace("v1,", "v1a,")}},
            "of another message": {"headers": {"webhook-signature": signed}},
            "other secret": {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
            "too old": {"at": now - timedelta(seconds=400)},
            "too new": {"at": now + timedelta(seconds=400)},
            "timestamp that is no number": {"headers": {"webhook-timestamp": "yesterday"}},
            "no id": {"headers": {"webhook-id": None}},
            "id too long": {"message_id": "x" * 256},
        }
        bodies = set()
        for cause, delivery in causes.items():
            with self.subTest(cause):
                response = self.deliver(self.payload, **delivery)
                self.assertEqual(response.status_code, 401, response.text)
                self.assertEqual(response.headers["Content-Type"], "application/problem+json")
                bodies.add(response.content)
        self.assertEqual(len(bodies), 1)
        self.assertEqual(self._get_messages(), accepted)
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.rejected_count, len(causes))

    def test_connection_without_secret_refuses_everything(self):
        other = self.connection.copy()
        self._assert_problem(self.deliver(self.payload, token=other.token), 401)

    def test_both_secrets_are_valid_until_the_previous_is_revoked(self):
        previous, self.secret = self.secret, self.connection._rotate_secret()
        self.assertEqual(self.deliver(self.payload).status_code, 202)
        self.assertEqual(self.deliver(self.payload, secret=previous).status_code, 202)
        self.connection.action_revoke_previous_secret()
        self.assertEqual(self.deliver(self.payload).status_code, 202)
        self.assertEqual(self.deliver(self.payload, secret=previous).status_code, 401)

    def test_one_good_signature_among_several_is_enough(self):
        raw_id, at = "msg_1", datetime.now(UTC)
        good = self.deliver(self.payload, message_id=raw_id, at=at).request.headers["webhook-signature"]
        response = self.deliver(
            self.payload, message_id=raw_id, at=at, headers={"webhook-signature": f"v1,AAAA v1a,xyz {good}"}
        )
        self.assertEqual(response.json()["status"], "duplicate")

    def test_unknown_and_archived_tokens_are_not_found(self):
        for token in ("no-such-token", "%00", "%ff"):
            self._assert_problem(self.deliver(self.payload, token=token), 404)
        self.connection.active = False
        self._assert_problem(self.deliver(self.payload), 404)

    def test_address_that_was_replaced_is_not_found(self):
        token = self.connection.token
        self.connection.action_new_address()
        self._assert_problem(self.deliver(self.payload, token=token), 404)

    def test_body_that_is_not_one_clean_object_is_refused(self):
        bodies = {
            "empty": b"",
            "not json": b"{",
            "array": b"[]",
            "text": b'"hello"',
            "not a number": b'{"a": NaN}',
            "name twice": b'{"a": 1, "a": 2}',
            "not utf-8": b'{"a": "\xff"}',
            "utf-16": '{"a": 1}'.encode("utf-16"),
            "too deep": b'{"a":' * 40 + b"1" + b"}" * 40,
            "far too deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
            "number too long": b'{"a": ' + b"9" * 5000 + b"}",
        }
        for case, raw in bodies.items():
            with self.subTest(case):
                now = str(int(datetime.now(UTC).timestamp()))
                signature = standard_webhooks.sign(self.secret, "msg_1", now, raw)
                response = self.deliver(
                    raw,
                    message_id="msg_1",
                    headers={"webhook-signature": signature, "webhook-timestamp": now},
                )
                self._assert_problem(response, 400)

    def test_body_over_256_kib_is_refused(self):
        self._assert_problem(self.deliver({"filler": "x" * 300 * 1024}), 413)

    def test_chunked_body_over_256_kib_is_refused(self):
        response = self.opener.post(
            self.connection.url,
            data=(b"x" * 1024 for _chunk in range(300)),
            headers={"Content-Type": "application/json"},
            timeout=30,
        )
        self._assert_problem(response, 413)

    def test_body_just_under_256_kib_is_accepted(self):
        payload = {**self.payload, "filler": ""}
        payload["filler"] = "x" * (256 * 1024 - len(str(payload)) - 50)
        self.assertEqual(self.deliver(payload).status_code, 202)

    def test_other_media_types_are_refused(self):
        for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None):
            with self.subTest(media_type):
                self._assert_problem(self.deliver(self.payload, headers={"Content-Type": media_type}), 415)
        response = self.deliver(self.payload, headers={"Content-Type": "application/vnd.x+json; charset=utf-8"})
        self.assertEqual(response.status_code, 202)

    def test_message_over_the_rate_is_told_when_to_come_back(self):
        self.connection.rate_per_minute = 2
        for _delivery in range(2):
            self.assertEqual(self.deliver(self.payload).status_code, 202)
        response = self.deliver(self.payload)
        self.assertEqual(response.status_code, 429)
        self.assertTrue(0 < int(response.headers["Retry-After"]) <= 60)
        self.assertEqual(len(self._get_messages()), 2)

    def test_other_methods_are_told_what_is_allowed(self):
        for method in ("GET", "PUT", "DELETE"):
            with self.subTest(method):
                response = self.opener.request(method, self.connection.url, timeout=30)
                self._assert_problem(response, 405)
                self.assertEqual(response.headers["Allow"], "POST")

    def test_session_of_a_person_opens_nothing(self):
        new_test_user(self.env, login="casey", groups="psa_base.group_admin")
        self.authenticate("casey", "casey")
        self._assert_problem(self.deliver(self.payload, headers={"webhook-signature": None}), 401)
