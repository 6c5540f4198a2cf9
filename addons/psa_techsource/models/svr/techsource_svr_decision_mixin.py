from odoo import fields, models

from odoo.addons.psa_base.tools import origin


class TechsourceSvrDecisionMixin(models.AbstractModel):
    """The client's yes or no to a report: who gave it, when, in which words, and which way it came."""

    _name = "techsource.svr.decision.mixin"
    _description = "Decision on a service report"

    decided_at = fields.Datetime(string="Decided", readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True, help="The login that decided.")
    decided_by_name = fields.Char(
        string="Name as typed", readonly=True, help="The name that the person typed to approve."
    )
    rejection_reason = fields.Text(string="What is missing", readonly=True)
    decided_via = fields.Selection(origin.SELECTION, string="Decided through", readonly=True)
    decided_api_key = fields.Char(
        string="API key", readonly=True, help="Name and beginning of the key of the client's program that decided."
    )
    decided_request_id = fields.Char(
        string="API request", readonly=True, help="The X-Request-Id of that decision, as in the answer and the log."
    )

    def _prepare_decision(self):
        """Values that say who decides now and how that came, whatever the decision is."""
        way = origin.find_origin(self.env)
        return {
            "decided_at": fields.Datetime.now(),
            "decided_by_id": self.env.uid,
            "decided_via": way.value,
            **(self._prepare_program_evidence() if way == origin.Origin.API else {}),
        }

    def _prepare_program_evidence(self):
        # The user of a key is that of no other key, and nobody else's.
        key = self.env["psa.api.key"].search([("user_id", "=", self.env.uid)])
        return {
            "decided_api_key": f"{key.name} ({key.key_prefix}…)" if key else False,
            "decided_request_id": origin.find_request_id(),
        }

    def _describe_approval(self):
        """What the thread says about the client's yes."""
        if not self.decided_api_key:
            return self.env._("%(person)s approved this report.", person=self.decided_by_name)
        return self.env._(
            "%(person)s approved this report through the REST API: key %(key)s, request %(request)s.",
            person=self.decided_by_name,
            key=self.decided_api_key,
            request=self.decided_request_id,
        )
