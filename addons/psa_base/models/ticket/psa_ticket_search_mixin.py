from odoo import models
from odoo.exceptions import AccessError

from ...series import may_read_field


class PsaTicketSearchMixin(models.AbstractModel):
    """Keeps clients from guessing at what they may not read by searching tickets for it.

    Odoo itself refuses fields with a column. A list of other records it searches for whoever asks, and
    the messages of a ticket, internal notes among them, without asking who may read them.
    """

    _name = "psa.ticket.search.mixin"
    _description = "Search of tickets"

    def _search(self, domain, *args, **kwargs):
        if self.env.user.share and not self.env.su:
            self._check_may_search(domain)
        return super()._search(domain, *args, **kwargs)

    def _check_may_search(self, domain):
        conditions = [condition for condition in domain if isinstance(condition, tuple | list)]
        for name in {str(condition[0]).split(".")[0] for condition in conditions}:
            field = self._fields.get(name)
            if not field or field.type != "one2many":
                continue
            if name == "message_ids" or not may_read_field(self, name):
                label = field._description_string(self.env)
                raise AccessError(self.env._("You cannot search tickets by “%s”. Use another filter.", label))
