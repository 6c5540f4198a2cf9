"""A clock for a past that is made up."""

from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count, takewhile
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

HOUR = 3600
HUB = tuple(f"odoo.addons.psa_base.models.{room}." for room in ("hub", "calls", "polls", "health"))
# Working time is counted from a day so long ago that every story is later.
DAWN = timedelta(days=500)


class Clock:
    """The moments of a story that ends now, in the working time of a calendar."""

    def __init__(self, calendar):
        self.calendar = calendar
        self.now = datetime.now().replace(microsecond=0)
        self.working_time = calendar._get_working_time()
        self.dawn = self.now - DAWN
        self.worked = self.working_time.between(self.dawn, self.now)

    def hours_ago(self, hours):
        """The moment that many working hours before now."""
        return self.working_time.after(self.dawn, self.worked - round(hours * HOUR))

    def days_of_month(self, day, since):
        """An hour into the first working day on or after the `day` of each month from `since` to now."""
        month = since + relativedelta(day=day, hour=0, minute=0, second=0)
        months = (month + relativedelta(months=number) for number in count())
        past = takewhile(lambda moment: moment < self.now, months)
        moments = [self.calendar.plan_hours(1, moment, compute_leaves=True) for moment in past if moment > since]
        return [moment for moment in moments if moment < self.now]

    @contextmanager
    def travel(self, env):
        """Yield a function that sets the time, Python's and that of the records.

        The log and the hub's measurements of durations keep the real time. Creation dates come from the cursor,
        which asks PostgreSQL once in a transaction; here it asks the clock. Before the time moves on, everything
        happens that waits for the end of the transaction, such as messages about changed fields. No mail is sent
        and no vendor is called: the story says what polls fetch.
        """
        with (
            freeze_time(self.now, ignore=["logging", *HUB]) as frozen,
            patch.object(env.cr, "now", lambda: datetime.now()),
            patch.object(type(env["mail.mail"]), "send", lambda self, *args, **kwargs: None),
            patch.object(type(env["psa.hub.sync"]), "_wake", lambda self: None),
        ):

            def set_time(moment):
                env.cr.flush()
                frozen.move_to(moment)

            yield set_time
            env.cr.flush()
