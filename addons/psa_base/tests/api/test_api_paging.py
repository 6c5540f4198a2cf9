from datetime import datetime, timedelta
from types import SimpleNamespace

from odoo.tests import tagged

from ...api.paging import paginate
from ...api.schemas.common import ChangeQuery
from ...exceptions import FieldError
from ..common import PsaCase


class AssetQuery(ChangeQuery):
    hostname: str | None = None


@tagged("post_install", "-at_install")
class TestApiPaging(PsaCase):
    """A list of assets, read page by page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fleet = cls.env["psa.asset"].create(
            [{"name": f"NODE-{number}", "partner_id": cls.client_company.id} for number in range(5)]
        )
        cls.start = datetime(2026, 11, 22, 8, 0, 0, 900)
        for number, asset in enumerate(cls.fleet):
            cls._date(asset, cls.start + timedelta(microseconds=number // 2))

    @classmethod
    def _date(cls, asset, moment):
        cls.env.flush_all()
        cls.env.cr.execute("UPDATE psa_asset SET write_date = %s WHERE id = %s", [moment, asset.id])

    def _get_page(self, model=None, **parameters):
        query = AssetQuery.model_validate({"limit": "2", **parameters})
        domain = [("id", "in", self.fleet.ids)]
        if query.hostname:
            domain.append(("name", "=", query.hostname))
        return paginate(self.env["psa.asset"] if model is None else model, domain, query)

    def _walk(self, between=lambda: None, **parameters):
        seen, cursor = [], {}
        while True:
            records, next_cursor = self._get_page(**parameters, **cursor)
            seen.append(records.ids)
            if not next_cursor:
                return seen
            cursor = {"cursor": next_cursor}
            between()

    def test_walk_has_each_record_once_and_the_newest_first(self):
        first, second, third, fourth, fifth = self.fleet.ids
        self.assertEqual(self._walk(), [[fifth, fourth], [third, second], [first]])

    def test_page_that_is_just_full_is_the_last(self):
        self.assertEqual(len(self._walk(limit="5")), 1)

    def test_empty_list_has_one_empty_page(self):
        self.assertEqual(self._walk(hostname="NOBODY"), [[]])

    def test_records_that_come_and_go_move_no_page(self):
        second = self.fleet[1]

        def write():
            self.env["psa.asset"].create({"name": "NEW", "partner_id": self.client_company.id})
            self.fleet[2].exists().unlink()

        self.assertIn(second.id, sum(self._walk(between=write), []))

    def test_changes_come_in_their_order_to_the_microsecond(self):
        since = "2026-11-22T08:00:00.0009Z"
        self.assertEqual(sum(self._walk(updated_since=since), []), self.fleet.ids)
        self.assertEqual(sum(self._walk(updated_since="2026-11-22T08:00:00.000901Z"), []), self.fleet[2:].ids)
        self.assertEqual(sum(self._walk(updated_since="2026-11-22T19:00:00.000902+11:00"), []), self.fleet[4:].ids)

    def test_what_changes_during_the_walk_comes_again(self):
        first = self.fleet[0]
        seen = self._walk(
            between=lambda: self._date(first, self.start + timedelta(hours=1)), updated_since="2026-11-22T08:00:00Z"
        )
        self.assertEqual(sum(seen, []), [*self.fleet.ids, first.id])

    def test_page_costs_one_query(self):
        self._get_page()
        with self.assertQueryCount(1):
            self._get_page()

    def test_cursor_that_is_not_of_this_list_is_refused(self):
        cursor = self._get_page().next_cursor
        with self.assertRaisesRegex(FieldError, "does not belong"):
            self._get_page(cursor=cursor, hostname="NODE-1")
        with self.assertRaisesRegex(FieldError, "does not belong"):
            self._get_page(cursor=cursor, updated_since="2026-11-22T08:00:00Z")
        with self.assertRaisesRegex(FieldError, "does not belong"):
            self._get_page(self.env["psa.asset"].with_user(self.support), cursor=cursor)

    def test_cursor_that_was_tampered_with_is_refused(self):
        cursor = self._get_page().next_cursor
        for wrong in (cursor[:-3], cursor + "AAAA", "x" + cursor[1:], "é", "====", "a", "AAAA", "\0", "𝟘𝟙"):
            with self.subTest(wrong), self.assertRaises(FieldError) as caught:
                self._get_page(cursor=wrong)
            self.assertEqual(caught.exception.field, "cursor")

    def test_cursor_is_good_for_another_page_size(self):
        cursor = self._get_page().next_cursor
        self.assertEqual(self._get_page(cursor=cursor, limit="100").items.ids, self.fleet[2::-1].ids)

    def test_page_is_what_the_caller_may_see(self):
        asset = self.other_asset
        query = AssetQuery.model_validate({})
        page = paginate(self.env["psa.asset"].with_user(self.client_user), [("id", "=", asset.id)], query)
        self.assertEqual((page.items.ids, page.next_cursor), ([], None))

    def test_query_without_a_moment_is_by_id(self):
        query = SimpleNamespace(limit=1, cursor=None, model_dump_json=lambda **_kw: "{}")
        self.assertEqual(paginate(self.env["psa.asset"], [("id", "in", self.fleet.ids)], query).items, self.fleet[-1])
