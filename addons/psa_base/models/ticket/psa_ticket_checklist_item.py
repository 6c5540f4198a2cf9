from odoo import api, fields, models

# Ticking the box writes these: nobody can say of somebody else that they did it, or when.
STAMPS = ("done_by_id", "done_at")


class PsaTicketChecklistItem(models.Model):
    """One thing to do on a ticket, and who ticked it off when."""

    _name = "psa.ticket.checklist.item"
    _description = "Checklist item"
    _order = "ticket_id, sequence, id"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, index=True, ondelete="cascade")
    name = fields.Char(string="What to do", required=True)
    sequence = fields.Integer(default=10)
    is_done = fields.Boolean(string="Done", copy=False)
    done_by_id = fields.Many2one("res.users", string="Done by", readonly=True, copy=False, ondelete="restrict")
    done_at = fields.Datetime(string="Done on", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([{**_without_stamps(vals), **self._get_stamps(vals)} for vals in vals_list])

    def write(self, vals):
        vals = _without_stamps(vals)
        ticked = self.filtered(lambda item: "is_done" in vals and item.is_done != bool(vals["is_done"]))
        super(PsaTicketChecklistItem, self - ticked).write(vals)
        return super(PsaTicketChecklistItem, ticked).write({**vals, **self._get_stamps(vals)})

    def _get_stamps(self, vals):
        if not vals.get("is_done"):
            return dict.fromkeys(STAMPS, False)
        return {"done_by_id": self.env.uid, "done_at": fields.Datetime.now()}


def _without_stamps(vals):
    return {name: value for name, value in vals.items() if name not in STAMPS}
