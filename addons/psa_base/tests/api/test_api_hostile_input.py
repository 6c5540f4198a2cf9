import json

from odoo.tests import tagged

from ..stacks import make_stacks
from .common import PsaApiCase

TICKET = {"subject": "Cannot print", "description": "Since this morning."}


@tagged("post_install", "-at_install")
class TestApiHostileInput(PsaApiCase):
    """Hostile bodies and parameters: the answer is a problem that names what is wrong, never a 5xx or a page."""

    def _assert_refused(self, response):
        self.assertIn(response.status_code, (400, 401, 404, 415, 422), response.text)
        self.assert_problem(response, response.status_code, *[e["field"] for e in response.json()["errors"]])

    def test_ids_that_the_database_cannot_hold_are_refused(self):
        for number in (0, -1, 2**31, 2**63, 10**40):
            with self.subTest(number):
                response = self.call("POST", "/tickets", {**TICKET, "asset": {"id": number}})
                self.assertEqual(response.status_code, 422, response.text)

    def test_numbers_that_are_no_text_are_not_there(self):
        for number in ("%00", "HT%00", "%ff%fe", "%2e%2e", "%27%20OR%201=1--", "x" * 4000, "%E2%80%AE", "1%0d%0aX:1"):
            with self.subTest(number):
                self._assert_refused(self.call("GET", f"/tickets/{number}"))

    def test_bodies_that_break_readers_are_refused(self):
        headers = {"Content-Type": "application/json"}
        deep = b'{"subject": ' + b"[" * 5000 + b"]" * 5000 + b"}"
        huge = b'{"asset": {"id": ' + b"9" * 5000 + b'}, "subject": "x", "description": "x"}'
        for body in (deep, huge, b"\xff\xfe{}", b'{"a": 1, "a": 2}', b'{"subject": "\x00"}', json.dumps("x").encode()):
            with self.subTest(body[:20]):
                self._assert_refused(self.call("POST", "/tickets", data=body, headers=headers))

    def test_half_characters_and_controls_become_plain_text(self):
        body = b'{"subject": "a\\ud800b\\u0000c\\u202ed", "description": "<b>\\u0000</b>"}'
        response = self.call("POST", "/tickets", data=body, headers={"Content-Type": "application/json"})
        self.assertEqual(response.status_code, 201, response.text)
        self.assertEqual(response.json()["description"], "<b></b>")

    def test_reference_is_as_long_as_an_index_can_hold(self):
        for parts, status in ((6, 201), (7, 422)):
            with self.subTest(parts):
                reference = make_stacks(100, parts)
                response = self.call("POST", "/tickets", {**TICKET, "external_reference": reference})
                self.assertEqual(response.status_code, status, response.text[:200])
        problem = self.assert_problem(response, 422, "external_reference")
        self.assertIn("100 characters, and 600 code points", problem["errors"][0]["message"])
        response = self.call("GET", "/tickets", params={"external_reference": reference})
        self.assert_problem(response, 422, "external_reference")

    def test_headers_that_try_tricks_are_refused(self):
        for authorization in ("", "Bearer", "Bearer  ", "Basic eDp5", "Bearer \xff", "Bearer " + "x" * 5000):
            with self.subTest(authorization[:20]):
                response = self.call("GET", "/tickets/x", headers={"Authorization": authorization.encode("latin-1")})
                self.assert_problem(response, 401)
        for media_type in ("application/json; charset=utf-16", "application/json;;;", "text/json", "a/b/c"):
            with self.subTest(media_type):
                response = self.call("POST", "/tickets", data=b"\xff\xfe{", headers={"Content-Type": media_type})
                self._assert_refused(response)
