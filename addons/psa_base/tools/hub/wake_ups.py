"""When this process has planned work last, so that a thousand messages plan it once and not a thousand times.

A job that starts later than a message was committed sees the message. So whoever commits while a job is planned some
moments ahead need not plan another one. Clocks of several machines differ a little, hence the margin; and what is
lost all the same, with a job or by a process that dies here, a cron finds.
"""

from datetime import timedelta

# How far ahead work is planned at least: the longer, the more messages share a job.
AHEAD = timedelta(milliseconds=500)
# How long before its start a job does not count any more.
MARGIN = timedelta(milliseconds=250)

# How long a process trusts that another one, which was seen planning, is through with it.
_PLANNING = timedelta(milliseconds=100)

_SECOND = timedelta(seconds=1)


class WakeUps:
    def __init__(self):
        self._planned = {}

    def is_planned(self, key, now):
        """Whether work is planned for a moment that is surely ahead; a clock that was set back proves nothing."""
        planned = self._planned.get(key)
        return planned is not None and MARGIN < planned - now <= AHEAD + _SECOND

    def note(self, key, moment):
        self._planned[key] = moment

    def note_other(self, key, now):
        """Another process is planning: its job is ahead, but not known yet. Soon it can be looked up."""
        self._planned[key] = now + MARGIN + _PLANNING


def choose_moment(now):
    """The start of a job: a whole second, as jobs keep no fractions."""
    ahead = now + AHEAD
    whole = ahead.replace(microsecond=0)
    return whole if whole == ahead else whole + _SECOND
