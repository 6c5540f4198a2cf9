from datetime import date
from unittest.mock import patch

from odoo.tests import tagged

from ...api import dispatcher
from ...api.operation import Deprecation, get_operations
from ...api.route import ROOT, api_route
from ...const import ROUTE_TYPE
from .common import PsaApiCase


@tagged("post_install", "-at_install")
class TestApiRoute(PsaApiCase):
    """What the decorator does for every route, tried on the routes of tickets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket().sudo()
        cls.path = f"/tickets/{cls.ticket.number}"

    def test_every_route_of_the_api_is_an_operation(self):
        self.call("OPTIONS", "/tickets")
        rules = self.env["ir.http"].routing_map().iter_rules()
        routed = {
            (rule.rule, method)
            for rule in rules
            if rule.rule.startswith(ROOT) and rule.endpoint.routing["type"] == ROUTE_TYPE
            for method in rule.methods - {"HEAD", "OPTIONS"}
        }
        described = {
            (ROOT + operation.path.replace("<int:", "<string:"), operation.method)
            for operation in get_operations(self.env.registry)
        }
        self.assertEqual(described, routed)
        for operation in get_operations(self.env.registry):
            with self.subTest(operation.path):
                self.assertTrue(operation.summary and operation.tag and operation.answer)

    def test_route_that_changes_something_takes_a_body_or_a_file(self):
        with self.assertRaisesRegex(ValueError, "neither a body nor a file"):
            api_route("/nothing", method="POST", scope=None)

    def test_operations_of_an_addon_that_is_not_installed_are_not_there(self):
        names = {operation.module for operation in get_operations(self.env.registry)}
        self.assertIn("psa_base", names)
        with self.subTest("other registry"):

            class Registry:
                _init_modules = {"base"}

            self.assertEqual(get_operations(Registry), [])

    def test_what_prepares_pages_leaves_programs_alone(self):
        with patch.object(self.env.registry["ir.http"], "_handle_debug", side_effect=AssertionError) as handle_debug:
            self.assertEqual(self.call("GET", f"{self.path}?debug=assets").status_code, 422)
            self.assertEqual(self.url_open("/psa/webhook/none?debug=assets", data="{}").status_code, 404)
            handle_debug.assert_not_called()

    def test_read_that_the_reader_has_already_is_not_sent_again(self):
        first = self.call("GET", self.path)
        etag = first.headers["ETag"]
        self.assertRegex(etag, r'^"[0-9a-f]{32}"$')
        self.assertEqual(first.headers["Cache-Control"], "private, no-cache")
        self.assertEqual(first.headers["Vary"], "Authorization, Accept")
        for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
            with self.subTest(known):
                again = self.call("GET", self.path, headers={"If-None-Match": known})
                self.assertEqual((again.status_code, again.content), (304, b""))
                self.assertEqual(again.headers["ETag"], etag)
                self.assertEqual(again.headers["Cache-Control"], "private, no-cache")
                self.assertIn("RateLimit", again.headers)
        self.ticket.name = "Another subject"
        changed = self.call("GET", self.path, headers={"If-None-Match": etag})
        self.assertEqual((changed.status_code, changed.json()["subject"]), (200, "Another subject"))

    def test_condition_that_nobody_can_read_is_no_condition(self):
        for known in ("", ",", '"', "W/", "\xff", '"' + "x" * 4000):
            with self.subTest(known[:10]):
                response = self.call("GET", self.path, headers={"If-None-Match": known.encode("latin-1")})
                self.assertEqual(response.status_code, 200)

    def test_head_is_a_read_without_its_body(self):
        read, head = self.call("GET", self.path), self.call("HEAD", self.path)
        self.assertEqual((head.status_code, head.content), (200, b""))
        for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control"):
            self.assertEqual(head.headers[name], read.headers[name])
        self.assertEqual(self.call("HEAD", "/tickets/x").status_code, 404)
        self.assertEqual(self.call("HEAD", self.path, headers={"If-None-Match": "*"}).status_code, 304)

    def test_problem_is_kept_nowhere(self):
        for response in (self.call("GET", "/tickets/x"), self.call("POST", "/tickets", {})):
            self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_options_tell_what_an_address_takes(self):
        response = self.call("OPTIONS", self.path, bearer="psa_wrong")
        self.assertEqual((response.status_code, response.content), (204, b""))
        self.assertEqual(response.headers["Allow"], "GET, HEAD, OPTIONS")
        self.assertIn("POST", self.call("OPTIONS", "/tickets").headers["Allow"])
        self.assertNotIn("Access-Control-Allow-Origin", response.headers)

    def test_methods_that_an_address_does_not_take_are_told_which_it_does(self):
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "BREW", "post"):
            with self.subTest(method):
                response = self.call(method, self.path, {})
                self.assert_problem(response, 405)
                self.assertEqual(response.headers["Allow"], "GET, HEAD, OPTIONS")

    def test_answer_that_the_caller_does_not_accept_is_refused(self):
        for accept in (
            "text/html",
            "application/xml;q=0.9, image/*",
            "application/json;q=0, application/problem+json;q=0",
            "application/json;q=0, */*",
            "application/json; charset=utf-8; q=0, application/*",
            "application/*;q=0, application/problem+json",
            "*/*;q=0, application/problem+json",
            "*;q=0",
        ):
            with self.subTest(accept):
                self.assert_problem(self.call("GET", self.path, headers={"Accept": accept}), 406)
        for accept in (
            "*/*",
            "*",
            "application/*",
            "application/json;q=0.1",
            "application/json; charset=utf-8",
            "text/html, Application/JSON;charset=UTF-8;q=0.5",
            "application/*;q=0, application/json",
            "*/*;q=0, application/*;q=0.1",
            "application/problem+json",
            "text/*;q=0, application/problem+json",
            "",
            None,
        ):
            with self.subTest(accept):
                self.assertEqual(self.call("GET", self.path, headers={"Accept": accept}).status_code, 200)

    def test_caller_who_accepts_nothing_changes_nothing(self):
        tickets = self.env["helpdesk.ticket"].search_count([])
        body = {"subject": "Cannot print", "description": "Since this morning."}
        self.assert_problem(self.call("POST", "/tickets", body, headers={"Accept": "text/html"}), 406)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), tickets)
        response = self.call("POST", "/tickets", body, headers={"Accept": "application/json; charset=utf-8"})
        self.assertEqual(response.status_code, 201, response.text)

    def test_parameter_that_a_route_does_not_know_is_named(self):
        self.assert_problem(self.call("GET", f"{self.path}?colour=red"), 422, "colour")
        self.assert_problem(self.call("GET", f"{self.path}?debug=1&debug=1"), 422, "debug")
        self.assert_problem(self.call("POST", "/tickets?colour=red", {}), 422, "colour")

    def test_what_the_caller_did_wrong_is_no_error_in_the_log(self):
        ticket = {"subject": "Cannot print", "description": "Since this morning.", "asset": {"hostname": "NOBODY"}}
        program = {"file": ("tool.exe", b"MZ", "application/octet-stream")}
        with self.assertNoLogs("odoo.http", "WARNING"):
            self.assert_problem(self.call("POST", "/tickets", ticket), 422, "asset")
            self.assert_problem(self.call("POST", f"{self.path}/attachments", files=program), 422, "file")
            self.assert_problem(self.call("GET", "/tickets?cursor=none"), 422, "cursor")
            self.assert_problem(self.call("GET", f"{self.path}?debug=1&debug=1"), 422, "debug")

    def test_key_without_the_scope_learns_nothing_of_the_rest(self):
        self.api_key.scope_ids = self.env.ref("psa_base.psa_api_scope_tickets_write")
        problem = self.assert_problem(self.call("GET", f"{self.path}?colour=red"), 403)
        self.assertEqual(problem["type"], "urn:psa:problem:scope")

    def test_caller_from_another_network_is_refused(self):
        self.api_key.allowed_networks = "203.0.113.0/24"
        problem = self.assert_problem(self.call("GET", self.path), 403)
        self.assertEqual(problem["type"], "urn:psa:problem:network")
        self.api_key.allowed_networks = "127.0.0.0/8"
        self.assertEqual(self.call("GET", self.path).status_code, 200)

    def test_request_id_is_in_the_history_of_what_the_request_did(self):
        body = {"subject": "Cannot print", "description": "Since this morning."}
        response = self.call("POST", "/tickets", body, headers={"X-Request-Id": "order-4711"})
        ticket = self.env["helpdesk.ticket"].browse(response.json()["id"])
        self.assertEqual(ticket.move_ids.mapped("request_id"), ["order-4711"])
        self.assertEqual(set(ticket.message_ids.mapped("request_id")), {"order-4711"})

    def test_address_cannot_look_like_another_line_of_the_log(self):
        with patch.object(dispatcher, "_logger") as logger:
            self.call("GET", "/tickets/a%0A2026-11-22 INFO login successful", bearer="none")
        form, *values = logger.info.call_args.args
        line = form % tuple(values)
        self.assertNotIn("\n", line)
        self.assertIn("a%0A2026", line)

    def test_problem_names_the_address_as_an_address_may_be_written(self):
        for number in ("a b", 'a"b', "a<b>", "a%2Fb", "a%252Fb", "a%0Ab", "é", "a%"):
            with self.subTest(number):
                problem = self.assert_problem(self.call("GET", f"/tickets/{number}"), 404)
                self.assertRegex(problem["instance"], r"^/psa/api/v1/tickets/([\w.~/-]|%[0-9A-F]{2})+$")
        self.assertEqual(problem["instance"], "/psa/api/v1/tickets/a%25")

    def test_request_id_is_on_what_the_request_said(self):
        self.call("POST", f"{self.path}/comments", {"body": "It jams again."}, headers={"X-Request-Id": "order-4712"})
        file = {"file": ("printer.log", b"It jams.", "text/plain")}
        self.call("POST", f"{self.path}/attachments", files=file, headers={"X-Request-Id": "order-4713"})
        said = self.ticket.message_ids.filtered(lambda message: message.message_type == "comment")
        self.assertEqual(set(said.mapped("request_id")), {"order-4712", "order-4713"})
        self.assertFalse(self.ticket.message_post(body="By hand").request_id)

    def test_caller_cannot_choose_the_language(self):
        first = self.call("GET", self.path)
        for wish in ("fr-FR", "en-US", "xx", "*"):
            with self.subTest(wish):
                self.opener.cookies["frontend_lang"] = wish
                again = self.call("GET", self.path, headers={"Accept-Language": wish})
                self.assertEqual((again.status_code, again.content), (200, first.content))

    def test_route_that_goes_says_since_when_and_until_when(self):
        deprecation = Deprecation(date(2026, 11, 22), date(2027, 5, 22), "https://example.com/policy")
        self.assertEqual(
            deprecation.get_headers(),
            {
                "Deprecation": "@1795305600",
                "Sunset": "Sat, 22 May 2027 00:00:00 GMT",
                "Link": '<https://example.com/policy>; rel="deprecation"',
            },
        )
