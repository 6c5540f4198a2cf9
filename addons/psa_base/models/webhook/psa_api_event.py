from odoo import SUPERUSER_ID, api, fields, models

from ...adapters.webhook import POST
from ...series import Constraint
from ...services.calls.sending import Letter
from ...tools.webhook.events import get_event, make_payload

_KEY = "psa.api.event.announced"


class PsaApiEvent(models.Model):
    """Something that happens here and that clients may have their systems told of.

    What is announced is kept until the transaction is about to be committed. Then each record is written once, as
    the API would answer at this moment, and put into the outbox for all who listen: one statement for any number.
    """

    _name = "psa.api.event"
    _description = "Client event"
    _order = "code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, help="What webhooks and documentation call it.")

    _code_uniq = Constraint("unique(code)", "This event is there already.")

    @api.model
    def _is_heard(self, code):
        """Whether any client listens to this."""
        return code in self.env["psa.api.subscription"]._get_listeners()

    @api.model
    def _announce(self, code, records):
        """Have those told who listen to `code` for the clients of these records. Where nobody does, nothing is read."""
        listeners = self.env["psa.api.subscription"]._get_listeners().get(code)
        if not listeners or not records:
            return
        event = get_event(code)
        # sudo: whose the records are decides who is told, whoever is at work.
        heard = records.sudo().filtered(lambda record: event.find_client(record).id in listeners)
        precommit = self.env.cr.precommit
        if heard and _KEY not in precommit.data:
            precommit.data[_KEY] = {}
            # as the system, whoever is at work, and in no context of theirs
            precommit.add(api.Environment(self.env.cr, SUPERUSER_ID, {})[self._name]._put_announced)
        for record_id in heard.ids:
            precommit.data[_KEY].setdefault(code, {})[record_id] = True

    @api.model
    def _put_announced(self):
        announced = self.env.cr.precommit.data.pop(_KEY)
        listeners = self.env["psa.api.subscription"]._get_listeners()
        letters = []
        for code, record_ids in announced.items():
            event = get_event(code)
            records = self.env[event.model].browse(record_ids).exists()
            for client, theirs in records.grouped(event.find_client).items():
                if told := listeners.get(code, {}).get(client.id):
                    letters += self._write_letters(event, theirs.with_context(lang=client.lang), told)
        self.env["psa.hub.outbox"]._put_many(POST, letters)

    @api.model
    def _write_letters(self, event, records, listeners):
        """What each of the listeners is told of each record. A record is written once, and its letters keep order."""
        subscriptions, connections = self.env["psa.api.subscription"], self.env["psa.hub.connection"]
        now, letters = fields.Datetime.now(), []
        for record, data in zip(records, event.describe(records), strict=True):
            subject = event.find_subject(record)
            payload = make_payload(event.code, now, data)
            letters += [
                Letter(
                    connections.browse(listener.connection_id),
                    payload,
                    subscriptions._make_message_id(),
                    subscriptions.browse(listener.subscription_id),
                    f"{subject._name},{subject.id}",
                )
                for listener in listeners
                # what belongs to no company, all of them may tell
                if subject.company_id.id in (False, listener.company_id)
            ]
        return letters
