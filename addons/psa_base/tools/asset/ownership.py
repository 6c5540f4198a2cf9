"""Who is master of a field, as plain data."""

from dataclasses import dataclass

ODOO, MONITORING, MANUAL = "odoo", "monitoring", "manual"
REAL_TIME, SCHEDULED, APPROVAL = "real_time", "scheduled", "approval"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is master of a field, and how what the other side says flows."""

    master: str
    flow: str

    def is_taken(self, is_scheduled):
        """Whether what monitoring says replaces what is here; `is_scheduled`: it was asked, not told."""
        return self.master == MONITORING and (self.flow == REAL_TIME or (self.flow == SCHEDULED and is_scheduled))

    @property
    def is_asked(self):
        """Whether a person decides when monitoring says something else."""
        return self.master == ODOO or (self.master == MONITORING and self.flow == APPROVAL)

    @property
    def is_locked(self):
        """Whether people leave the field to monitoring."""
        return self.master == MONITORING
