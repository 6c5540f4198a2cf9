from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from .common import PsaApiCase


@tagged("post_install", "-at_install")
class TestApiTicketLists(PsaApiCase):
    """GET /tickets and GET /assets: filters, pages, and only records of the own client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tickets = cls.env["helpdesk.ticket"].browse()
        for number in range(5):
            cls.tickets += cls.create_ticket(
                partner_id=cls.client_company.id, name=f"Ticket {number}", priority=str(number % 4)
            ).sudo()
        cls.others = cls.create_ticket(partner_id=cls.other_company.id).sudo()

    def _list(self, path="/tickets", **params):
        response = self.call("GET", path, params=params)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def _list_ids(self, path="/tickets", **params):
        return [item["id"] for item in self._list(path, **params)["items"]]

    def _set_changed(self, records, moment):
        self.env.flush_all()
        table = SQL.identifier(records._table)
        self.env.cr.execute(SQL("UPDATE %s SET write_date = %s WHERE id IN %s", table, moment, records._ids))
        records.invalidate_recordset()

    def test_list_has_the_clients_tickets_the_newest_first(self):
        page = self._list()
        self.assertEqual([item["id"] for item in page["items"]], self.tickets.ids[::-1])
        self.assertIsNone(page["next_cursor"])
        ticket = self.call("GET", f"/tickets/{self.tickets[0].number}").json()
        self.assertEqual(page["items"][-1], ticket)

    def test_tickets_that_the_client_only_follows_are_not_listed(self):
        self.others.message_subscribe(self.client_company.ids)
        self.assertNotIn(self.others.id, self._list_ids())

    def test_list_can_be_filtered(self):
        self.tickets[1].with_user(self.admin).action_override_stage(self.triage, "Set up by a test")
        self.tickets[2].external_reference = "PS-1"
        self.others.external_reference = "PS-1"
        for params, expected in (
            ({"stage": "test_triage"}, self.tickets[1]),
            ({"stage": "test_request"}, self.tickets - self.tickets[1]),
            ({"stage": "no_such_stage"}, self.tickets.browse()),
            ({"priority": "low"}, self.tickets[0] + self.tickets[4]),
            ({"priority": "critical"}, self.tickets[3]),
            ({"external_reference": "PS-1"}, self.tickets[2]),
            ({"external_reference": "PS-_"}, self.tickets.browse()),
            ({"priority": "low", "stage": "test_triage"}, self.tickets.browse()),
        ):
            with self.subTest(params):
                self.assertEqual(self._list_ids(**params), expected.ids[::-1])

    def test_list_since_a_moment_is_in_the_order_of_changes(self):
        now = self.env.cr.now().replace(microsecond=0)
        for age, ticket in enumerate(self.tickets):
            self._set_changed(ticket, now - timedelta(hours=age))
        since = (now - timedelta(hours=3)).isoformat() + "Z"
        self.assertEqual(self._list_ids(updated_since=since), self.tickets[3::-1].ids)
        self.assertEqual(self._list_ids(updated_since="2999-01-01T00:00:00Z"), [])

    def test_pages_hold_every_ticket_once(self):
        for params in ({}, {"updated_since": "2020-01-01T00:00:00Z"}):
            seen, cursor = [], {}
            with self.subTest(params):
                while True:
                    page = self._list(limit=2, **params, **cursor)
                    seen += [item["id"] for item in page["items"]]
                    if not page["next_cursor"]:
                        break
                    cursor = {"cursor": page["next_cursor"]}
                self.assertEqual(sorted(seen), self.tickets.ids)

    def test_parameters_that_are_not_in_order_are_named(self):
        for params, field in (
            ({"priority": "urgent"}, "priority"),
            ({"updated_since": "yesterday"}, "updated_since"),
            ({"limit": "0"}, "limit"),
            ({"colour": "red"}, "colour"),
            ({"cursor": "x"}, "cursor"),
        ):
            with self.subTest(params):
                self.assert_problem(self.call("GET", "/tickets", params=params), 422, field)

    def _count_queries(self, limit):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._list(limit=limit)
        return self.env.cr.sql_log_count - before

    def test_longer_list_asks_no_more_of_the_database(self):
        # The lowest of several tries counts: the first one fills caches, and some also count requests in the database.
        few, many = (min(self._count_queries(limit) for _try in range(4)) for limit in (2, 4))
        self.assertEqual(few, many)

    def test_assets_of_the_client_are_listed_and_filtered(self):
        self.asset.write({"serial_number": "SN-1", "os_info": "Windows 11", "assigned_user_id": self.contact.id})
        second = self.env["psa.asset"].create({"name": "HD-SERVER", "partner_id": self.client_company.id})
        second.action_decommission()
        for params, expected in (
            ({}, second + self.asset),
            ({"hostname": "hd-reception"}, self.asset),
            ({"hostname": "HD%"}, second.browse()),
            ({"hostname": "BG-LAPTOP-1"}, second.browse()),
            ({"serial_number": "sn-1"}, self.asset),
            ({"state": "decommissioned"}, second),
            ({"state": "active"}, self.asset),
            ({"updated_since": "2999-01-01T00:00:00Z"}, second.browse()),
        ):
            with self.subTest(params):
                self.assertEqual(self._list_ids("/assets", **params), expected.ids)
        asset = self.call("GET", f"/assets/{self.asset.id}").json()
        self.assertEqual(
            {name: value for name, value in asset.items() if not name.endswith("_at")},
            {
                "id": self.asset.id,
                "hostname": "HD-RECEPTION",
                "serial_number": "SN-1",
                "os": "Windows 11",
                "state": "active",
                "assigned_to": "Kim Tran",
            },
        )
        self.assertEqual(self._list("/assets", hostname="HD-RECEPTION")["items"], [asset])

    def test_asset_that_is_not_the_clients_is_not_there(self):
        archived = self.env["psa.asset"].create({"name": "OLD", "partner_id": self.client_company.id, "active": False})
        for asset_id in (self.other_asset.id, archived.id, 0, 10**30, "x"):
            with self.subTest(asset_id):
                self.assert_problem(self.call("GET", f"/assets/{asset_id}"), 404)
