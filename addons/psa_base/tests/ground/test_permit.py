from odoo.tests import BaseCase, tagged

from ...tools.permit import Permit


class Records:
    """As much of a recordset as a permit looks at."""

    def __init__(self, name, *ids, context=None):
        self._name, self.ids, self.context = name, list(ids), context or {}

    def with_context(self, **context):
        return Records(self._name, *self.ids, context=context)


@tagged("post_install", "-at_install")
class TestPermit(BaseCase):
    """One write past a lock."""

    def test_permit_is_found_under_its_lock_and_forged_ones_are_not(self):
        permit = Permit("lock")
        self.assertIs(Permit.find(permit.hand_to(Records("a", 1)), "lock"), permit)
        self.assertIsNone(Permit.find(permit.hand_to(Records("a", 1)), "other lock"))
        for forged in (True, 1, "permit", {"lock": "lock"}):
            with self.subTest(forged):
                self.assertIsNone(Permit.find(Records("a", context={"lock": forged}), "lock"))

    def test_permit_is_good_for_one_write_and_what_it_brings(self):
        permit, reports, lines = Permit("lock"), Records("report"), Records("line")
        self.assertTrue(permit.admits(reports))
        with permit.use(reports):
            self.assertFalse(permit.admits(reports))
            for _line in range(2):
                self.assertTrue(permit.admits(lines))
                with permit.use(lines):
                    pass
        self.assertFalse(permit.admits(reports) or permit.admits(lines))

    def test_permit_is_void_after_a_write_that_failed(self):
        permit, reports = Permit("lock"), Records("report")
        with self.assertRaises(ZeroDivisionError), permit.use(reports):
            raise ZeroDivisionError
        self.assertFalse(permit.admits(reports))

    def test_permit_for_records_is_good_for_these_only(self):
        permit = Permit("lock", Records("ticket", 1))
        self.assertFalse(permit.admits(Records("ticket", 1, 2)) or permit.admits(Records("ticket")))
        self.assertTrue(permit.admits(Records("ticket", 1)))
