from odoo import fields, models

STAGE_DOMAIN = "[('id', 'in', stage_ids)]"


class PsaLifecycle(models.Model):
    _inherit = "psa.lifecycle"

    svr_draft_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Draft the report on",
        domain=STAGE_DOMAIN,
        help="A ticket that arrives here gets a service report in draft.",
    )
    svr_send_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Send the report on",
        domain=STAGE_DOMAIN,
        help="A ticket that arrives here has its report frozen and sent to the client.",
    )
    svr_approved_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Once approved, move to",
        domain=STAGE_DOMAIN,
        help="The client's approval moves the ticket here, and billing looks at it.",
    )
    svr_rejected_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Once rejected, move to",
        domain=STAGE_DOMAIN,
        help="The client's rejection moves the ticket here.",
    )
    svr_sent_template_id = fields.Many2one(
        "mail.template",
        string="Mail with the report",
        domain=[("model", "=", "techsource.svr")],
        help="Goes to the client's contact when a report is sent.",
    )
    svr_rejected_template_id = fields.Many2one(
        "mail.template",
        string="Mail about a rejection",
        domain=[("model", "=", "techsource.svr")],
        help="Goes to the engineer when the client rejects a report.",
    )
