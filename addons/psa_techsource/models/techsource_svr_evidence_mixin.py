from odoo import api, models
from odoo.exceptions import UserError

# Whoever holds this very object may write evidence. It is compared by identity and never leaves
# the process, so no request, import or automation can bring it along in its context.
_KEY = object()


class TechsourceSvrEvidenceMixin(models.AbstractModel):
    """A record whose evidence only the report's own verbs may write, whoever asks, sudo included."""

    _name = "techsource.svr.evidence.mixin"
    _description = "Evidence of a service report"

    # Fields that the lock does not cover: what mail and portal keep on any record.
    _evidence_exempt_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        self._check_door_is_open()
        return super().create(vals_list)

    def write(self, vals):
        if not self._evidence_exempt_fields.issuperset(vals):
            self._check_door_is_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_through_door(self):
        self._check_door_is_open()

    def _through_door(self):
        """Return self with the right to write evidence. For the report's own verbs only."""
        return self.with_context(techsource_svr_key=_KEY)

    def _check_door_is_open(self):
        if self.env.context.get("techsource_svr_key") is not _KEY:
            raise UserError(
                self.env._(
                    "Service reports are evidence and cannot be edited. Change the ticket and its time "
                    "entries instead: the report is taken from them when it is sent."
                )
            )
