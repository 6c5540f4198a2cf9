from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.ticket.helpdesk_ticket import HelpdeskTicket
from ..stacks import make_stacks
from .common import PsaApiCase

TICKET = {"subject": "Cannot print", "description": "Since this morning."}


@tagged("post_install", "-at_install")
class TestApiTicketBatch(PsaApiCase):
    """POST /tickets/batch: many tickets at once, each with a result of its own."""

    def _send(self, *items, **call):
        return self.call("POST", "/tickets/batch", {"items": list(items)}, **call)

    def _get_results(self, response):
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()["results"]

    def test_each_item_has_its_own_result(self):
        items = [
            {**TICKET, "subject": "First", "asset": {"hostname": "hd-reception"}},
            {**TICKET, "priority": "urgent"},
            {**TICKET, "asset": {"hostname": "BG-LAPTOP-1"}},
            {},
            {**TICKET, "subject": "Last", "contact": {"name": "Kim", "email": "kim@harbourdental.example"}},
        ]
        response = self._send(*items)
        results = self._get_results(response)
        self.assertEqual([result["index"] for result in results], list(range(5)))
        self.assertEqual([result["status"] for result in results], [201, 422, 422, 422, 201])
        tickets = self.env["helpdesk.ticket"].browse(results[i]["ticket"]["id"] for i in (0, 4))
        self.assertEqual(tickets.mapped("name"), ["First", "Last"])
        self.assertEqual(tickets.asset_id, self.asset)
        self.assertEqual(tickets[1].partner_id, self.contact)
        self.assertEqual(results[0]["ticket"], self.call("GET", f"/tickets/{tickets[0].number}").json())
        fields = [[e["field"] for e in result["problem"]["errors"]] for result in results[1:4]]
        self.assertEqual(fields, [["priority"], ["asset"], ["subject", "description"]])
        problem = results[1]["problem"]
        self.assertEqual(problem["request_id"], response.headers["X-Request-Id"])
        self.assertEqual(results[4]["problem"], None)
        self.assertEqual(problem["instance"], "/psa/api/v1/tickets/batch#/items/1")
        self.assertEqual(self.env["helpdesk.ticket"].search_count([("team_id", "=", self.team.id)]), 2)

    def test_what_the_database_refuses_does_not_keep_the_others_out(self):
        create = HelpdeskTicket.create

        def refuse(tickets, vals_list):
            created = create(tickets, vals_list)
            if "Bad" in created.mapped("name"):
                raise ValidationError(created.env._("Not this one."))
            return created

        with patch.object(HelpdeskTicket, "create", refuse):
            results = self._get_results(self._send(TICKET, {**TICKET, "subject": "Bad"}, TICKET))
        self.assertEqual([result["status"] for result in results], [201, 422, 201])
        self.assertEqual(results[1]["problem"]["detail"], "Not this one.")
        self.assertEqual(self.env["helpdesk.ticket"].search_count([("team_id", "=", self.team.id)]), 2)

    def test_error_that_nobody_expected_is_logged_with_the_request(self):
        create = HelpdeskTicket.create

        def fail(tickets, vals_list):
            created = create(tickets, vals_list)
            if "Bad" in created.mapped("name"):
                created.env.cr.execute("SELECT 1 / 0")
            return created

        logger = "odoo.addons.psa_base.api.routers.tickets"
        with (
            patch.object(HelpdeskTicket, "create", fail),
            mute_logger("odoo.sql_db"),
            self.assertLogs(logger, "ERROR") as logged,
        ):
            response = self._send(TICKET, {**TICKET, "subject": "Bad"})
        results = self._get_results(response)
        self.assertEqual([result["status"] for result in results], [201, 500])
        self.assertNotIn("zero", results[1]["problem"]["detail"])
        self.assertIn(response.headers["X-Request-Id"], logged.output[0])
        self.assertIn("division by zero", logged.output[0])

    def test_text_that_no_index_can_hold_does_not_keep_the_others_out(self):
        create = HelpdeskTicket.create

        def stretch(tickets, vals_list):
            created = create(tickets, vals_list)
            created.filtered(lambda ticket: ticket.name == "Bad").external_reference = make_stacks(100, 8)
            return created

        with (
            patch.object(HelpdeskTicket, "create", stretch),
            mute_logger("odoo.sql_db", "odoo.addons.psa_base.api.routers.tickets"),
        ):
            results = self._get_results(self._send(TICKET, {**TICKET, "subject": "Bad"}, TICKET))
        self.assertEqual([result["status"] for result in results], [201, 500, 201])

    def test_repeat_with_the_same_key_opens_nothing(self):
        first, again = (self._send(TICKET, TICKET, headers={"Idempotency-Key": "b-1"}) for _try in range(2))
        self.assertEqual(first.content, again.content)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([("team_id", "=", self.team.id)]), 2)

    def test_batch_that_is_none_is_refused(self):
        for items, field in (([], "items"), ([TICKET] * 101, "items"), ("x", "items")):
            self.assert_problem(self.call("POST", "/tickets/batch", {"items": items}), 422, field)
        response = self.call("POST", "/tickets/batch", {"items": ["x", TICKET, None, [{}]]})
        problem = self.assert_problem(response, 422, "items.0", "items.2", "items.3")
        self.assertEqual({error["code"] for error in problem["errors"]}, {"model_type"})
        self.assertEqual({error["message"] for error in problem["errors"]}, {"Input should be an object"})
        response = self.call("POST", "/tickets", {**TICKET, "asset": "HD-RECEPTION"})
        self.assertNotIn("AssetReference", self.assert_problem(response, 422, "asset")["errors"][0]["message"])
        self.assert_problem(self.call("POST", "/tickets/batch", {}), 422, "items")

    def test_address_is_no_number_of_a_ticket(self):
        response = self.call("GET", "/tickets/batch")
        self.assert_problem(response, 405)
        self.assertEqual(response.headers["Allow"], "OPTIONS, POST")
        for method in ("OPTIONS", "PUT"):
            self.assertEqual(self.call(method, "/tickets/batch").headers["Allow"], "OPTIONS, POST", method)

    def test_batch_may_be_larger_than_other_bodies(self):
        results = self._get_results(self._send(*[{**TICKET, "description": "x" * 20_000}] * 20))
        self.assertEqual({result["status"] for result in results}, {201})

    def test_larger_batch_costs_less_a_ticket(self):
        self._send(TICKET)
        counts = []
        for size in (1, 11):
            before = self.env.cr.sql_log_count
            self._get_results(self._send(*[{**TICKET, "asset": {"hostname": "HD-RECEPTION"}}] * size))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess((counts[1] - counts[0]) / 10, counts[0] / 3)
