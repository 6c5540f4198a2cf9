from odoo import SUPERUSER_ID, api, fields, models

from ...adapters.webhook import POST
from ...series import Constraint
from ...services.calls.sending import Letter
from ...tools.webhook.events import get_event, make_payload

_KEY = "psa.api.event.announced"


class PsaApiEvent(models.Model):
    """A kind of event that clients may have their systems told of, such as a new ticket.

    Events that are announced are collected until the transaction is about to be committed. Then each record is
    described once, as the API would answer at that moment, and one statement puts the messages for all listeners
    into the outbox.
    """

    _name = "psa.api.event"
    _description = "Client event"
    _order = "code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, help="The name that messages and documentation use.")

    _code_uniq = Constraint("unique(code)", "This event is there already.")

    @api.model
    def _is_heard(self, code):
        """Whether any client listens to this kind of event."""
        return code in self.env["psa.api.subscription"]._get_listeners()

    @api.model
    def _announce(self, code, records):
        """Tell the clients of these records of the event `code`. The records are not read when nobody listens to it."""
        listeners = self.env["psa.api.subscription"]._get_listeners().get(code)
        if not listeners or not records:
            return
        event = get_event(code)
        # sudo: who is told depends on the client of a record, and not on what the user may read.
        heard = records.sudo().filtered(lambda record: event.find_client(record).id in listeners)
        precommit = self.env.cr.precommit
        if heard and _KEY not in precommit.data:
            precommit.data[_KEY] = {}
            # As the system and without the user's context: the message is the same whoever causes it.
            precommit.add(api.Environment(self.env.cr, SUPERUSER_ID, {})[self._name]._put_announced)
        for record_id in heard.ids:
            precommit.data[_KEY].setdefault(code, {})[record_id] = True

    @api.model
    def _put_announced(self):
        """Put the messages about all events of this transaction into the outbox."""
        announced = self.env.cr.precommit.data.pop(_KEY)
        listeners = self.env["psa.api.subscription"]._get_listeners()
        messages = []
        for code, record_ids in announced.items():
            event = get_event(code)
            records = self.env[event.model].browse(record_ids).exists()
            for client, theirs in records.grouped(event.find_client).items():
                if told := listeners.get(code, {}).get(client.id):
                    messages += self._prepare_messages(event, theirs.with_context(lang=client.lang), told)
        self.env["psa.hub.outbox"]._put_many(POST, messages)

    @api.model
    def _prepare_messages(self, event, records, listeners):
        """The messages to these listeners about each record. Messages about one record are delivered in order."""
        subscriptions, connections = self.env["psa.api.subscription"], self.env["psa.hub.connection"]
        now, messages = fields.Datetime.now(), []
        for record, data in zip(records, event.describe(records), strict=True):
            subject = event.find_subject(record)
            payload = make_payload(event.code, now, data)
            messages += [
                Letter(
                    connections.browse(listener.connection_id),
                    payload,
                    subscriptions._make_message_id(),
                    subscriptions.browse(listener.subscription_id),
                    f"{subject._name},{subject.id}",
                )
                for listener in listeners
                # A record without a company is announced to the listeners of every company.
                if subject.company_id.id in (False, listener.company_id)
            ]
        return messages
