import logging
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from odoo.tests import BaseCase, tagged

from ...exceptions import CallError, ErrorClass
from ...tools.calls.client import Bearer, VendorClient
from .loopback import Loopback, cut_short, drip, hang, reply, reset

TOKEN = "tok-4f5a-very-secret"
TEMPORARY, PERMANENT = ErrorClass.TEMPORARY, ErrorClass.PERMANENT
RATE_LIMITED, UNKNOWN = ErrorClass.RATE_LIMITED, ErrorClass.UNKNOWN_OUTCOME


@tagged("post_install", "-at_install")
class TestVendorClient(BaseCase):
    """Every call ends in an answer, or in an error of the right class with a sentence to act on."""

    def call(self, *answers, method="GET", path="things", parse=True, **options):
        with Loopback(*answers) as self.far, self.open(self.far.url, **options) as client:
            return client.request(method, path, parse=parse)

    def open(self, url, **options):
        defaults = {"timeout": (1, 0.3), "min_interval": 0, "patience": 1, "may_stay_inside": True}
        return VendorClient(url, Bearer(TOKEN), **{**defaults, **options})

    def assert_fault(self, error_class, *answers, words="", **options):
        with self.assertLogs("urllib3", logging.DEBUG) as logs, self.assertRaises(CallError) as caught:
            self.call(*answers, **options)
        error = caught.exception
        self.assertEqual(error.error_class, error_class, str(error))
        self.assertRegex(str(error), r"^[A-Z].*[.]$")
        self.assertIn(words, str(error))
        self.assertIsNone(error.__cause__)
        self.assertTrue(error.__suppress_context__ or error.__context__ is None)
        self.assertNotIn(TOKEN, f"{error!r} {error.__dict__} {logs.output}")
        return error

    def test_answer_has_status_headers_and_json(self):
        answer = self.call(reply(200, {"Data": []}, {"X-Total": "3"}))
        self.assertEqual((answer.status, answer.json, answer.headers["X-Total"]), (200, {"Data": []}, "3"))
        self.assertEqual(self.far.calls[0]["path"], "/things")
        self.assertEqual(self.far.calls[0]["headers"]["Authorization"], f"Bearer {TOKEN}")

    def test_empty_answer_is_one(self):
        self.assertIsNone(self.call(204).json)
        self.assertIsNone(self.call(reply(200)).json)

    def test_body_that_nobody_asked_to_be_json_is_not_read(self):
        self.assertEqual(self.call(reply(200, b"ok", kind="text/plain"), parse=False).status, 200)

    def test_path_cannot_leave_the_host(self):
        self.call(204, path="//evil.example/x")
        self.assertEqual(self.far.calls[0]["path"], "/evil.example/x")

    def test_nobody_listening_is_temporary_even_for_a_post(self):
        with socket.socket() as idle:
            idle.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{idle.getsockname()[1]}"
            for method in ("GET", "POST"):
                with self.open(url) as client, self.assertRaises(CallError) as caught:
                    client.request(method, "things")
                self.assertEqual(caught.exception.error_class, TEMPORARY)
                self.assertIn("cannot be reached", str(caught.exception))
                self.assertEqual(client.effects, 0)

    def test_time_out_is_temporary_to_read_and_unknown_to_change(self):
        self.assert_fault(TEMPORARY, hang(1.5), words="did not answer within 0.3 seconds")
        self.assert_fault(UNKNOWN, hang(1.5), method="POST", words="may have done")

    def test_reset_after_processing_is_unknown_to_change(self):
        self.assert_fault(TEMPORARY, reset, words="broke the connection off")
        self.assert_fault(UNKNOWN, reset, method="POST", words="may have done")
        self.assertEqual(len(self.far.calls), 1)

    def test_slow_body_is_cut_off(self):
        error = self.assert_fault(TEMPORARY, drip(4), words="so slowly", patience=0.5, timeout=(1, 2))
        self.assertIsNone(error.retry_after)
        self.assert_fault(UNKNOWN, drip(4), words="so slowly", patience=0.5, timeout=(1, 2), method="PUT")

    def test_huge_body_is_not_read_to_its_end(self):
        huge = reply(200, b" " * 3_000_000)
        self.assert_fault(PERMANENT, huge, words="larger than", max_bytes=1_000_000)
        self.assert_fault(UNKNOWN, huge, words="larger than", max_bytes=1_000_000, method="POST")

    def test_truncated_json_is_temporary_to_read_and_unknown_to_change(self):
        for broken in (cut_short, reply(200, b'{"Data": [')):
            self.assert_fault(TEMPORARY, broken)
            self.assert_fault(UNKNOWN, broken, method="POST", words="may have done")

    def test_web_page_instead_of_json_says_so(self):
        page = reply(200, b"<!doctype html><title>Login</title>", kind="text/html")
        self.assert_fault(TEMPORARY, page, words="web page instead of data")

    def test_json_nested_too_deeply_is_no_crash(self):
        self.assert_fault(TEMPORARY, reply(200, b"[" * 200_000))

    def test_redirect_is_not_followed(self):
        error = self.assert_fault(
            PERMANENT, reply(302, headers={"Location": "http://127.0.0.1:1/"}), words="Enter the final address"
        )
        self.assertEqual(error.status, 302)
        self.assertEqual(len(self.far.calls), 1)

    def test_429_says_when_to_come_back(self):
        later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
        for value, low, high in (("7", 7, 7), (later, 80, 90), (None, None, None), ("soon", None, None)):
            error = self.assert_fault(RATE_LIMITED, reply(429, headers={"Retry-After": value} if value else {}))
            if low is None:
                self.assertIsNone(error.retry_after)
            else:
                self.assertTrue(low <= error.retry_after <= high, error.retry_after)

    def test_absurd_retry_after_is_a_day_at_most(self):
        error = self.assert_fault(RATE_LIMITED, reply(429, headers={"Retry-After": "99999999999999999999"}))
        self.assertEqual(error.retry_after, 86400)

    def test_500_is_temporary_to_read_and_unknown_to_change(self):
        self.assert_fault(TEMPORARY, 500)
        self.assertEqual(self.assert_fault(UNKNOWN, 503, method="POST").status, 503)

    def test_refusal_is_permanent_and_quotes_the_other_side(self):
        said = {"Data": None, "Meta": {"ResponseCode": 404, "ErrorMessage": "No such\n organization"}}
        self.assert_fault(PERMANENT, reply(404, said), words="(404). It says: “No such organization”.", method="POST")

    def test_refused_credentials_say_what_to_check(self):
        self.assert_fault(PERMANENT, 401, words="Check the credentials")
        self.assert_fault(PERMANENT, 403, words="Check the credentials")

    def test_secret_that_the_other_side_repeats_is_not_quoted(self):
        self.assert_fault(PERMANENT, reply(400, {"error": f"bad token {TOKEN}"}))

    def test_secret_that_is_repeated_in_part_or_as_a_header_is_not_quoted(self):
        error = self.assert_fault(PERMANENT, reply(400, {"error": "x" * 295 + TOKEN}))
        self.assertNotIn(TOKEN[:5], str(error))
        said = reply(400, {"error": "you sent Basic c2ltLWlkOnNpbS1zZWNyZXQ="})
        options = {"min_interval": 0, "may_stay_inside": True}
        with Loopback(said) as far, VendorClient(far.url, ("sim-id", "sim-secret"), **options) as client:
            with self.assertRaises(CallError) as caught:
                client.request("GET", "things")
            self.assertNotIn("c2lt", str(caught.exception))

    def test_spare_credential_is_tried_when_the_first_is_refused(self):
        def ask(handler):
            known = handler.headers["Authorization"] == "Bearer next"
            reply(200 if known else 401, {})(handler)

        with Loopback(ask) as far, self.open(far.url, spare_auth=Bearer("next")) as client:
            client.request("POST", "things")
            client.request("POST", "things")
            self.assertEqual(len(far.calls), 3)

    def test_what_is_reported_are_calls_that_were_made(self):
        heard = []

        def book():
            if len(heard) == 2:
                raise CallError("Not your turn.", TEMPORARY)
            return 0

        with Loopback(204, 500) as far, self.open(far.url, book=book, report=heard.append) as client:
            client.request("GET", "things")
            for _each in range(2):
                with self.assertRaises(CallError):
                    client.request("GET", "things")
        self.assertEqual([error and error.status for error in heard], [None, 500])
        self.assertEqual(len(far.calls), 2)

    def test_calls_keep_their_distance(self):
        now, times = [1_000.0], []

        def sleep(seconds):
            now[0] += seconds

        with Loopback(204) as far, self.open(far.url, min_interval=0.2, sleep=sleep, clock=lambda: now[0]) as client:
            for _each in range(3):
                client.request("GET", "things")
                times.append(client.last_call_at)
                now[0] += 0.05  # the call takes a while
        self.assertEqual([round(b - a, 6) for a, b in zip(times, times[1:], strict=False)], [0.2, 0.2])

    def test_address_that_is_none_is_permanent(self):
        with self.open("http://[::1") as client, self.assertRaises(CallError) as caught:
            client.request("POST", "things")
        self.assertEqual(caught.exception.error_class, PERMANENT)

    def test_effects_count_what_may_have_changed_something(self):
        with Loopback(204, 500, 400, 204) as far, self.open(far.url) as client:
            client.request("POST", "")
            for _each in range(2):
                with self.assertRaises(CallError):
                    client.request("POST", "")
            client.request("GET", "")
            self.assertEqual(client.effects, 2)
