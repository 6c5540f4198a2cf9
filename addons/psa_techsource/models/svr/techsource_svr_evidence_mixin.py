from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError


class Leave:
    """Leave to write evidence once, and meanwhile the records that are part of it.

    It travels in the context. No caller from outside can put one there: what comes by RPC is data,
    never an instance of this class. It is void when the write is through, so that an automation
    that the write sets off, in the same context, cannot write on.
    """

    KEY = "techsource_svr_leave"

    def __init__(self):
        self.taken_by = None
        self.is_void = False

    def admits(self, model_name):
        return not self.is_void and self.taken_by != model_name

    @contextmanager
    def take(self, model_name):
        is_first = self.taken_by is None
        self.taken_by = self.taken_by or model_name
        try:
            yield
        finally:
            self.is_void = is_first or self.is_void


class TechsourceSvrEvidenceMixin(models.AbstractModel):
    """A record whose evidence only the report's own verbs may write, whoever asks, sudo included."""

    _name = "techsource.svr.evidence.mixin"
    _description = "Evidence of a service report"

    # Fields that the lock does not cover: what mail and portal keep on any record.
    _evidence_exempt_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        with self._get_leave().take(self._name):
            return super().create(vals_list)

    def write(self, vals):
        if self._evidence_exempt_fields.issuperset(vals):
            return super().write(vals)
        with self._get_leave().take(self._name):
            return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_through_door(self):
        self._get_leave()

    def _through_door(self):
        """Return self with the right to write evidence once. For the report's own verbs only."""
        return self.with_context(**{Leave.KEY: Leave()})

    def _get_leave(self):
        leave = self.env.context.get(Leave.KEY)
        if isinstance(leave, Leave) and leave.admits(self._name):
            return leave
        raise UserError(
            self.env._(
                "Service reports are evidence and cannot be edited. Change the ticket and its time "
                "entries instead: the report is taken from them when it is sent."
            )
        )
