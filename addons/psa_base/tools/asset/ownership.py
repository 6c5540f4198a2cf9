"""Who owns a field, as plain data: people here, or monitoring."""

from dataclasses import dataclass

ODOO, MONITORING, MANUAL = "odoo", "monitoring", "manual"
REAL_TIME, SCHEDULED, APPROVAL = "real_time", "scheduled", "approval"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is master of a field, and when values that monitoring reports are taken."""

    master: str
    flow: str

    def is_taken(self, is_scheduled):
        """Whether a value that monitoring reports replaces ours. `is_scheduled`: it comes from a poll."""
        return self.master == MONITORING and (self.flow == REAL_TIME or (self.flow == SCHEDULED and is_scheduled))

    @property
    def is_asked(self):
        """Whether a person decides when monitoring reports another value."""
        return self.master == ODOO or (self.master == MONITORING and self.flow == APPROVAL)

    @property
    def is_locked(self):
        """Whether people cannot change the field."""
        return self.master == MONITORING
