from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...models.hub.psa_hub_message_mixin import PsaHubMessageMixin
from ...services.monitoring import events as monitoring_events
from ..common import read_payload
from .common import HubMixin


@tagged("post_install", "-at_install")
class TestHubDisturbed(HubMixin, TransactionCase):
    """Whatever disturbs the work on a message, its effects are there once in the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registered = read_payload("generic", "registered")
        cls.alert = read_payload("generic", "notification_critical")
        incidents = cls.env["psa.hub.connection"].create(
            {"name": "Incidents", "adapter": "rocketcyber", "team_id": cls.team.id}
        )
        cls.connections = {"generic": cls.connection, "rocketcyber": incidents}
        cls.client.name = read_payload("rocketcyber", "incident_open")["accountName"]
        cls.models = ["psa.asset", "helpdesk.ticket", "psa.alert", "mail.message", "psa.hub.attempt"]

    def _work(self, adapter, payload):
        self.connection = self.connections[adapter]
        return self.work(payload)

    def _tell(self, adapter, payload, disturb):
        """Store and work a message, with or without a disturbance; returns how many records of each model it made."""
        self.connection = self.connections[adapter]
        before = self._count()
        message = self.store(payload)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=1)):
            if disturb:
                disturb()
            self.inbox._drain(self.connection)
        self.assertEqual(message.state, "done", message.reason)
        return {model: count - before[model] for model, count in self._count().items()}

    def _count(self):
        return {model: self.env[model].with_context(active_test=False).search_count([]) for model in self.models}

    def _fail_after_the_effect(self):
        """Disturb at the worst moment: all is done, and then the transaction proves to be stale."""
        handle = monitoring_events.handle

        def handle_in_vain(*args):
            handle(*args)
            raise errors.SerializationFailure

        with patch.object(monitoring_events, "handle", handle_in_vain):
            self._fail()

    def _fail_before_the_state(self):
        with patch.object(PsaHubMessageMixin, "_write_state", side_effect=errors.SerializationFailure):
            self._fail()

    def _fail(self):
        with self.assertRaises(errors.SerializationFailure), self.env.cr.savepoint():
            self.inbox._drain(self.connection)
        self.env.invalidate_all()

    def test_serialization_failure_changes_nothing_in_the_result(self):
        incident = read_payload("rocketcyber", "incident_open")
        kinds = {
            "device that is new": ("generic", [], self.registered),
            "device with news": ("generic", [self.registered], {**self.registered, "OS": "Windows Server 2025"}),
            "alert that is new": ("generic", [self.registered], self.alert),
            "alert that comes again": ("generic", [self.registered, self.alert], self.alert),
            "incident": ("rocketcyber", [], incident),
            "incident that is over": (
                "rocketcyber",
                [incident],
                read_payload("rocketcyber", "incident_resolved") | {"id": incident["id"]},
            ),
        }
        for kind, (adapter, story, payload) in kinds.items():
            results = []
            for disturb in (None, self._fail_after_the_effect, self._fail_before_the_state):
                with self.subTest(kind, disturb=disturb and disturb.__name__), self._undone():
                    for told in story:
                        self.assertEqual(self._work(adapter, told).state, "done")
                    results.append(self._tell(adapter, payload, disturb))
            self.assertEqual(results[1:], results[:1] * 2, kind)

    def _undone(self):
        """Each case on the same records."""
        savepoint = self.env.cr.savepoint()
        case = self

        class Undone:
            def __enter__(self):
                savepoint.__enter__()

            def __exit__(self, *args):
                savepoint.rollback()
                savepoint.close(rollback=False)
                case.env.invalidate_all()

        return Undone()
