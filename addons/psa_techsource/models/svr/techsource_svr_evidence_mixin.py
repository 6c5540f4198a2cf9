from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.psa_base.tools.permit import Permit

LOCK = "techsource_svr_permit"


class TechsourceSvrEvidenceMixin(models.AbstractModel):
    """A record whose evidence only the report's own verbs may write, whoever asks, sudo included."""

    _name = "techsource.svr.evidence.mixin"
    _description = "Evidence of a service report"

    # Fields that the lock does not cover: what mail and portal keep on any record.
    _evidence_exempt_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        with self._get_permit().use(self):
            return super().create(vals_list)

    def write(self, vals):
        if self._evidence_exempt_fields.issuperset(vals):
            return super().write(vals)
        with self._get_permit().use(self):
            return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_through_door(self):
        self._get_permit()

    def _through_door(self):
        """Return self with the right to write evidence once. For the report's own verbs only."""
        return Permit(LOCK).hand_to(self)

    def _get_permit(self):
        permit = Permit.find(self.env, LOCK)
        if permit and permit.admits(self):
            return permit
        raise UserError(
            self.env._(
                "Service reports are evidence and cannot be edited. Change the ticket and its time "
                "entries instead: the report is taken from them when it is sent."
            )
        )
