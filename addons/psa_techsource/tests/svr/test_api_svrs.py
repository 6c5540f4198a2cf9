from odoo import Command
from odoo.tests import tagged

from odoo.addons.psa_base.tests.queries import count_queries

from ..common import TechsourceApiCase


@tagged("post_install", "-at_install")
class TestApiSvrs(TechsourceApiCase):
    """Service reports, as a client's program sees them and decides on them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.svr = cls.create_sent_svr(hours=(1.5, 0.25))
        cls.theirs = cls.create_sent_svr(partner_id=cls.other_company.id, asset_id=cls.other_asset.id)
        cls.path = f"/svrs/{cls.svr.id}"

    def list_numbers(self, query="", **options):
        response = self.call("GET", f"/svrs{query}", **options)
        self.assertEqual(response.status_code, 200, response.text)
        return [item["number"] for item in response.json()["items"]]

    def approve(self, **options):
        return self.call("POST", f"{self.path}/approve", {"name": "Kim Tran"}, **options)

    def test_report_is_read_as_it_was_sent(self):
        body = self.call("GET", self.path).json()
        lines = body.pop("lines")
        self.assertEqual(
            [(line["hours"], line["description"]) for line in lines],
            [(1.5, "Cleaned the drum"), (0.25, "Cleaned the drum")],
        )
        self.assertEqual(lines[0]["engineer"], self.support.name)
        moments = {name: body.pop(name) for name in [*body] if name.endswith("_at")}
        self.assertTrue(moments["sent_at"].endswith("Z"))
        self.assertIsNone(moments["decided_at"])
        self.assertEqual(
            body,
            {
                "id": self.svr.id,
                "number": self.svr.name,
                "version": 1,
                "state": "sent",
                "ticket": {"id": self.svr.ticket_id.id, "number": self.svr.ticket_id.number},
                "asset": {"id": self.asset.id, "hostname": "HD-RECEPTION"},
                "subject": "Printer prints blank pages",
                "summary": "Cleaned the drum",
                "engineer": self.support.name,
                "total_hours": 1.75,
                "content_hash": self.svr.content_hash,
                "decided_by": None,
                "rejection_reason": None,
            },
        )

    def test_list_has_the_clients_own_reports_newest_first(self):
        later = self.create_sent_svr()
        draft = self.create_ticket("resolved").svr_ids
        numbers = self.list_numbers()
        self.assertEqual(numbers, [later.name, self.svr.name])
        self.assertNotIn(draft.name, numbers)
        self.assertEqual(self.list_numbers(bearer=self.other_bearer), [self.theirs.name])

    def test_list_is_filtered(self):
        approved = self.create_approved_svr()
        self.assertEqual(self.list_numbers("?state=approved"), [approved.name])
        self.assertEqual(self.list_numbers("?state=rejected"), [])
        self.assertEqual(self.list_numbers(f"?ticket={self.svr.ticket_id.number}"), [self.svr.name])
        self.assertEqual(self.list_numbers(f"?ticket={self.theirs.ticket_id.number}"), [])
        self.assertEqual(self.list_numbers("?updated_since=2999-01-01T00:00:00Z"), [])
        self.assertEqual(len(self.list_numbers("?updated_since=2020-01-01T00:00:00Z")), 2)

    def test_list_comes_in_pages(self):
        later = self.create_sent_svr()
        first = self.call("GET", "/svrs?limit=1").json()
        self.assertEqual([item["number"] for item in first["items"]], [later.name])
        second = self.call("GET", f"/svrs?limit=1&cursor={first['next_cursor']}").json()
        self.assertEqual([item["number"] for item in second["items"]], [self.svr.name])
        self.assertIsNone(second["next_cursor"])

    def test_state_that_clients_do_not_see_cannot_be_asked_for(self):
        self.assert_problem(self.call("GET", "/svrs?state=draft"), 422, "state")

    def test_more_reports_take_no_more_queries(self):
        def count(limit):
            return count_queries(self.env, lambda: self.assertEqual(len(self.list_numbers(f"?limit={limit}")), limit))

        for _report in range(4):
            self.create_sent_svr()
        count(1)
        one = count(1)
        self.assertLessEqual(count(5), one)

    def test_other_clients_report_is_not_there(self):
        draft = self.create_ticket("resolved").svr_ids
        for svr in (self.theirs, draft):
            path = f"/svrs/{svr.id}"
            self.assert_problem(self.call("GET", path), 404)
            self.assert_problem(self.call("GET", f"{path}/pdf"), 404)
            self.assert_problem(self.call("POST", f"{path}/approve", {"name": "Kim Tran"}), 404)
            self.assert_problem(self.call("POST", f"{path}/reject", {"reason": "No."}), 404)
        self.assertEqual((self.theirs.state, draft.state), ("sent", "draft"))

    def test_scopes_are_apart(self):
        scopes = {scope.code: scope for scope in self.env["psa.api.scope"].search([])}
        self.api_key.scope_ids = [Command.set(scopes["svrs:read"].ids)]
        self.assertEqual(self.call("GET", self.path).status_code, 200)
        self.assert_problem(self.approve(), 403)
        self.api_key.scope_ids = [Command.set(scopes["svrs:decide"].ids)]
        self.assert_problem(self.call("GET", self.path), 403)
        self.assertEqual(self.approve().status_code, 200)

    def test_approval_closes_the_ticket_and_says_how_it_came(self):
        response = self.approve(headers={"X-Request-Id": "practice-4711"})
        self.assertEqual(response.status_code, 200, response.text)
        body = response.json()
        self.assertEqual((body["state"], body["decided_by"]), ("approved", "Kim Tran"))
        self.assertTrue(body["decided_at"])
        svr = self.svr
        self.assertEqual((svr.state, svr.ticket_id.stage_id.code), ("approved", "closed"))
        self.assertEqual((svr.decided_by_id, svr.decided_via), (self.api_key.user_id, "api"))
        self.assertEqual(svr.decided_api_key, f"Practice software ({self.api_key.key_prefix}…)")
        self.assertEqual(svr.decided_request_id, "practice-4711")
        page, _kind = self.env["ir.actions.report"]._render_qweb_html(svr._PDF_REPORT, svr.ids)
        self.assertIn(b"practice-4711", page)
        [said] = [body for body in svr.message_ids.mapped("body") if "through the REST API" in body]
        self.assertIn("practice-4711", said)

    def test_decision_in_the_portal_names_no_key(self):
        svr = self.svr
        svr.with_user(self.client_user).action_approve("Kim Tran")
        self.assertFalse(svr.decided_api_key)
        self.assertFalse(svr.decided_request_id)

    def test_rejection_goes_back_to_the_engineer(self):
        reason = "The <b>scanner</b> still does not work.\n@support"
        response = self.call("POST", f"{self.path}/reject", {"reason": reason})
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual((response.json()["state"], response.json()["rejection_reason"]), ("rejected", reason))
        svr = self.svr
        self.assertEqual((svr.state, svr.ticket_id.stage_id.code), ("rejected", "in_progress"))
        self.assertEqual(svr.decided_via, "api")
        self.assertIn("&lt;b&gt;scanner", svr.ticket_id.activity_ids.note)

    def test_second_decision_is_refused_in_words(self):
        self.approve()
        problem = self.assert_problem(self.call("POST", f"{self.path}/reject", {"reason": "Too late"}), 409)
        self.assertIn("by now", problem["detail"])
        self.assert_problem(self.approve(), 409)
        self.assertEqual(self.svr.state, "approved")

    def test_repeated_approval_with_its_key_gets_the_first_answer(self):
        first, again = (self.approve(headers={"Idempotency-Key": "approve-1"}) for _try in range(2))
        self.assertEqual((again.status_code, again.json()), (200, first.json()))
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")

    def test_words_that_nobody_can_read_decide_nothing(self):
        for name in ("", " ", "\u200b\u2060", "—", "x" * 201, 7, None):
            self.assert_problem(self.call("POST", f"{self.path}/approve", {"name": name}), 422, "name")
        self.assert_problem(self.call("POST", f"{self.path}/reject", {"reason": "…"}), 422, "reason")
        self.assert_problem(self.call("POST", f"{self.path}/approve", {}), 422, "name")
        self.assertEqual(self.svr.state, "sent")

    def test_report_that_was_tampered_with_cannot_be_approved(self):
        self.env.cr.execute("UPDATE techsource_svr SET total_hours = 9 WHERE id = %s", (self.svr.id,))
        self.svr.invalidate_recordset()
        problem = self.assert_problem(self.approve(), 409)
        self.assertIn("no longer what was sent", problem["detail"])
