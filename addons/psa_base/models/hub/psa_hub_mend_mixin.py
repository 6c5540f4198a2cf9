from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class PsaHubMendMixin(models.AbstractModel):
    """What a person can do about a dead letter: the way from its reason to the screen that mends it.

    A message names its mend by a code (`mend`) with facts for it (`mend_values`). The code `x` is done by
    the method `_mend_x()`, which returns the action that opens the screen; who adds a code adds that
    method, and the words on its button in `_get_mend_labels`.
    """

    _name = "psa.hub.mend.mixin"
    _description = "Mends of dead letters"

    mend_label = fields.Char(
        string="What helps", compute="_compute_mend_label", help="What to do before the message is replayed."
    )

    @api.depends("mend")
    def _compute_mend_label(self):
        labels = self._get_mend_labels()
        for message in self:
            message.mend_label = labels.get(message.mend, False)

    def action_mend(self):
        """Open the screen where the cause can be mended."""
        self.ensure_one()
        self._check_may_settle()
        if self.state != "dead" or self.mend not in self._get_mend_labels():
            raise UserError(self.env._("There is no screen for this one: do what the reason says, then replay."))
        return getattr(self, f"_mend_{self.mend}")()

    def _check_may_settle(self):
        self.check_access("read")
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may settle dead letters."))

    def _mend_check_settings(self):
        return self._open_to_mend(self.connection_id)

    def _open_to_mend(self, record, name=None):
        """An action that opens the form of `record`."""
        return {
            "type": "ir.actions.act_window",
            "name": name or record.display_name,
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    @api.model
    def _get_mend_labels(self):
        """The words on the button of each mend."""
        return {"check_settings": self.env._("Check the connection")}
