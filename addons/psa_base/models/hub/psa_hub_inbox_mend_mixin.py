from odoo import api, models


class PsaHubInboxMendMixin(models.AbstractModel):
    """The screens that mend what stopped a received message."""

    _name = "psa.hub.inbox.mend.mixin"
    _description = "Mends of received messages"
    _inherit = ["psa.hub.mend.mixin"]

    def _mend_map_client(self):
        values = self.mend_values or {}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Whose messages are these?"),
            "res_model": "psa.hub.map.client",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_connection_id": self.connection_id.id,
                "default_group": values.get("group"),
                "default_organization_id": values.get("organization_id"),
                "default_new_name": values.get("group"),
            },
        }

    def _mend_fix_sender(self):
        """Nothing here can mend it: the connection says which system has to send something else."""
        return self._open_to_mend(self.connection_id)

    @api.model
    def _get_mend_labels(self):
        return {
            **super()._get_mend_labels(),
            "map_client": self.env._("Say whose messages these are"),
            "fix_sender": self.env._("Look at the connection"),
        }
