"""A clock for a past that is made up."""

from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time


class Clock:
    """Now, and moments that lie some working hours before it."""

    def __init__(self, calendar):
        self.calendar = calendar
        self.now = datetime.now().replace(microsecond=0)

    def hours_ago(self, hours):
        """The moment `hours` of the calendar's working time before now, never in the future."""
        if hours <= 0:
            return self.now
        return self.calendar.plan_hours(-hours, self.now, compute_leaves=True).replace(microsecond=0)

    @contextmanager
    def travel(self, env):
        """Inside, the function that is yielded sets the time: Python's and that of the records.

        The log keeps the real time. Creation dates come from the cursor, which asks PostgreSQL
        once in a transaction; here it asks the clock. What waits for the end of the transaction,
        like the messages about changed fields, is done before the time moves on.
        """
        with (
            freeze_time(self.now, ignore=["logging"]) as frozen,
            patch.object(env.cr, "now", lambda: datetime.now()),
        ):

            def set_time(moment):
                env.cr.flush()
                frozen.move_to(moment)

            yield set_time
