"""The right to make one write that a lock refuses to everybody."""

from contextlib import contextmanager


class Permit:
    """Lets one write pass a lock: that of the lifecycle on stages, that of a report on its evidence.

    It travels in the context, under the name of its lock. Nobody outside can put one there: what comes by RPC is
    data, never an instance of this class.

    While the write goes on, records of other models that it writes pass too, for example the lines of a report.
    When the write is over, the permit is void: an automation that the write started, in the same context, is refused.
    """

    def __init__(self, lock, records=None, entry=None):
        """`records`: good for these only; `entry`: the audit entry that says why."""
        self.lock, self.entry = lock, entry
        self._ids = None if records is None else records.ids
        self._model = None
        self._is_void = False

    @classmethod
    def find(cls, env, lock):
        permit = env.context.get(lock)
        return permit if isinstance(permit, cls) else None

    def hand_to(self, records):
        return records.with_context(**{self.lock: self})

    def admits(self, records):
        is_spent = self._is_void or self._model == records._name
        return not is_spent and self._ids in (None, records.ids)

    @contextmanager
    def use(self, records):
        is_first = self._model is None
        self._model = self._model or records._name
        try:
            yield
        finally:
            self._is_void = self._is_void or is_first
