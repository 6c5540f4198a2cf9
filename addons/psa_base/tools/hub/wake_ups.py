"""Which jobs this process knows to be planned, so that a thousand messages plan one job and not a thousand.

A job sees every message that was committed before it started. So whoever commits a message need not plan a job when
one is planned for some moments ahead. The clocks of machines differ a little: a job that is about to start does not
count. A message whose job is lost all the same is found by a cron.
"""

from datetime import timedelta

# A job is planned at least this far ahead. The longer, the more messages share it.
AHEAD = timedelta(milliseconds=500)
# A job that starts sooner than this does not count any more.
MARGIN = timedelta(milliseconds=250)

# How long another process may take to plan its job.
_PLANNING = timedelta(milliseconds=100)

_SECOND = timedelta(seconds=1)


class WakeUps:
    def __init__(self):
        self._planned = {}

    def is_planned(self, key, now):
        """Whether a job is known that surely starts later than `now`.

        A start that is too far ahead proves nothing: the clock was set back since it was planned.
        """
        planned = self._planned.get(key)
        return planned is not None and MARGIN < planned - now <= AHEAD + _SECOND

    def remember(self, key, moment):
        self._planned[key] = moment

    def remember_other(self, key, now):
        """Keep that another process is planning a job, whose start can only be looked up when it is committed."""
        self._planned[key] = now + MARGIN + _PLANNING


def choose_moment(now):
    """When a job that is planned now starts: at a whole second, because jobs keep no fractions."""
    ahead = now + AHEAD
    whole = ahead.replace(microsecond=0)
    return whole if whole == ahead else whole + _SECOND
