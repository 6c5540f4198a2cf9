from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...series import Constraint
from ...tools.hub import masking


class PsaHubMask(models.Model):
    """One field of a connection's payloads that is masked before a message is stored."""

    _name = "psa.hub.mask"
    _description = "Mask of a payload field"
    _inherit = ["psa.cached.mixin"]
    _order = "connection_id, path, id"
    _rec_name = "path"

    connection_id = fields.Many2one("psa.hub.connection", required=True, index=True, ondelete="cascade")
    path = fields.Char(
        required=True,
        help="The field's name; inside other fields with dots, like Contact.Phone. Lists are looked through.",
    )
    how = fields.Selection(
        [
            (masking.REMOVE, "Remove it"),
            (masking.LAST_4, "Keep the last 4 characters"),
            (masking.HASH, "Keep a fingerprint"),
        ],
        required=True,
        default=masking.REMOVE,
        help="A fingerprint is the same for the same value, and the value cannot be read from it.",
    )

    _path_uniq = Constraint("unique(connection_id, path)", "This field is masked already.")

    @api.constrains("path", "connection_id")
    def _check_path(self):
        for mask in self:
            steps = mask.path.split(".")
            if not all(step.strip() == step and step for step in steps):
                raise ValidationError(
                    self.env._("%s is no name of a field: write names with dots between them.", mask.path)
                )
            adapter = mask.connection_id._get_adapter()
            if needed := masking.find_needed(steps, adapter.needed_paths):
                raise ValidationError(
                    self.env._(
                        "%(path)s cannot be masked: %(adapter)s messages cannot be worked without %(needed)s.",
                        path=mask.path,
                        adapter=adapter.label,
                        needed=needed,
                    )
                )
