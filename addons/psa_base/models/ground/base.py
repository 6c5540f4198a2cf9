from odoo import SUPERUSER_ID, models

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG


class Base(models.AbstractModel):
    _inherit = "base"

    def unlink(self):
        """Keep the guards of deletions (`ondelete`) for everybody but OdooBot, who alone uninstalls addons.

        Odoo skips them when the context says that an addon is uninstalled, and any caller by RPC can put that there.
        """
        if self.env.context.get(MODULE_UNINSTALL_FLAG) and self.env.uid != SUPERUSER_ID:
            return super(Base, self.with_context(**{MODULE_UNINSTALL_FLAG: False})).unlink()
        return super().unlink()
