import json
import logging
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import BaseCase, TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ...adapters import ADAPTERS
from ...exceptions import PayloadError
from ...models.hub.psa_hub_message_mixin import PsaHubMessageMixin
from ...tools.hub import masking
from ...tools.log_tokens import TokenFilter
from ..common import PAYLOADS, new_test_user, read_payload
from .common import HubMixin


@tagged("post_install", "-at_install")
class TestRetention(HubMixin, TransactionCase):
    """Messages are kept for as long as their connection says, dead letters until somebody settles them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registered = read_payload("generic", "registered")
        cls.client.rmm_group = cls.registered["Group"]
        cls.connection.write({"payload_days": 3, "message_days": 10})

    def retain(self, days=0):
        self.env.flush_all()
        with freeze_time(fields.Datetime.now() + timedelta(days=days)):
            self.env["psa.hub.connection"]._cron_retain()
        self.env.invalidate_all()

    def test_payload_is_emptied_and_the_id_stays(self):
        message = self.store(self.registered, dedupe_key="msg_1")
        message._work()
        self.retain(days=4)
        self.assertEqual(message.raw, "{}")
        self.assertTrue(message.emptied_at)
        self.assertEqual(message.payload, "{}")
        self.assertEqual(len(message.attempt_ids), 1)
        self.assertTrue(message.asset_id)

    def test_repeat_within_a_week_is_known_although_the_payload_is_gone(self):
        self.connection.message_days = 7
        message = self.store(self.registered, dedupe_key="msg_1")
        message._work()
        self.retain(days=6.9)
        self.assertEqual(self.store(self.registered, dedupe_key="msg_1"), message)

    def test_nobody_can_keep_ids_for_less_than_a_week(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.connection.message_days = 6
            self.env.flush_all()

    def test_old_message_goes_with_its_attempts(self):
        message = self.work(self.registered)
        attempts = message.attempt_ids
        self.retain(days=11)
        self.assertFalse(message.exists())
        self.assertFalse(attempts.exists())
        entry = self.env["psa.audit.entry"].search(
            [("model", "=", "psa.hub.connection"), ("res_id", "=", self.connection.id), ("kind", "=", "deletion")]
        )
        self.assertIn("1", entry.reason)

    def test_dead_letter_stays_whole_however_old(self):
        message = self.work({**self.registered, "Group": "Contoso"})
        self.retain(days=400)
        self.assertEqual(message.state, "dead")
        self.assertIn("Contoso", message.raw)

    def test_message_that_waits_stays_whole(self):
        message = self.store(self.registered)
        self.retain(days=400)
        self.assertIn(self.registered["Name"], message.raw)

    def test_what_was_sent_is_emptied_and_removed_too(self):
        connection = self.connection.copy({"adapter": "webhook", "payload_days": 3, "message_days": 10})
        message = self.env["psa.hub.outbox"]._put(connection, "webhook.post", {"a": 1}, "key-1")
        message._update_state(("waiting",), "sent")
        self.retain(days=4)
        self.assertEqual(message.payload, {})
        self.retain(days=11)
        self.assertFalse(message.exists())

    def test_steps_are_small_and_queries_are_few(self):
        for number in range(7):
            self.store({**self.registered, "SystemIdentifier": str(number), "Name": f"PC-{number}"})._work()
        self.env.flush_all()
        inbox = self.env["psa.hub.inbox"]
        later = fields.Datetime.now() + timedelta(days=11)
        # The limit must hold for every query plan. With these off PostgreSQL repeats a subquery as often as it can.
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            self.env.cr.execute(SQL("SET LOCAL %s TO off", SQL.identifier(f"enable_{way}")))
        with patch.object(PsaHubMessageMixin, "KEEPING_STEP", 3):
            with self.assertQueryCount(1):
                self.assertEqual(sum(inbox._empty_payloads(later).values()), 3)
            with self.assertQueryCount(3):
                self.assertEqual(sum(inbox._remove_old(later).values()), 3)


@tagged("post_install", "-at_install")
class TestMask(HubMixin, TransactionCase):
    """Masked fields are unreadable in what is stored."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")
        cls.payload = {
            **read_payload("generic", "registered"),
            "Owner": {"Phone": "+61 2 9555 0101", "Name": "Kim"},
            "Users": [{"Login": "kim.tran@harbour"}, {"Login": "bo"}],
        }

    def add_mask(self, path, how="remove"):
        masks = self.env["psa.hub.mask"].with_user(self.administrator)
        return masks.create({"connection_id": self.connection.id, "path": path, "how": how})

    def test_field_is_removed_before_it_is_stored(self):
        self.add_mask("Owner.Phone")
        message = self.store(self.payload)
        self.assertNotIn("9555", message.raw)
        self.assertEqual(json.loads(message.raw)["Owner"], {"Name": "Kim"})

    def test_lists_are_looked_through(self):
        self.add_mask("Users.Login", "last_4")
        self.assertEqual(json.loads(self.store(self.payload).raw)["Users"], [{"Login": "…bour"}, {"Login": "…"}])

    def test_fingerprint_is_the_same_for_the_same_value_only(self):
        self.add_mask("Owner.Phone", "hash")
        first, second = self.store(self.payload), self.store(self.payload)
        other = self.store({**self.payload, "Owner": {"Phone": "+61 2 9555 0102"}})
        phones = [json.loads(message.raw)["Owner"]["Phone"] for message in (first, second, other)]
        self.assertEqual(phones[0], phones[1])
        self.assertNotEqual(phones[0], phones[2])
        self.assertNotIn("9555", phones[0])

    def test_masked_message_is_still_worked(self):
        self.client.rmm_group = self.payload["Group"]
        self.add_mask("Owner")
        self.assertEqual(self.work(self.payload).state, "done")

    def test_removed_mask_masks_no_more(self):
        mask = self.add_mask("Owner.Phone")
        self.store(self.payload)
        mask.unlink()
        self.assertIn("9555", self.store(self.payload).raw)

    def test_field_that_the_adapter_needs_is_refused_with_a_sentence(self):
        for path in ("Name", "CustomFields.Serial", "CustomFields", "SystemIdentifier"):
            with self.assertRaisesRegex(ValidationError, "cannot be masked: Generic"):
                self.add_mask(path)

    def test_nonsense_is_no_path(self):
        with self.assertRaises(ValidationError):
            self.add_mask("Owner..Phone")

    def test_dispatcher_cannot_change_masks(self):
        dispatcher = new_test_user(self.env, login="dana", groups="psa_base.group_operations")
        with self.assertRaises(AccessError):
            self.add_mask("Owner").with_user(dispatcher).unlink()

    def test_adapter_that_needs_a_masked_field_is_refused(self):
        self.connection.adapter = "pulseway"
        self.add_mask("Header")
        with self.assertRaisesRegex(ValidationError, "Header cannot be masked"):
            self.connection.adapter = "generic"

    def test_without_a_mask_the_payload_stays_byte_by_byte(self):
        raw = '{"EventType":  "SystemRegistered"}'
        self.inbox._store(self.connection, "raw-1", "x", raw, {})
        self.assertEqual(self.inbox.search([("dedupe_key", "=", "raw-1")]).raw, raw)


@tagged("post_install", "-at_install")
class TestNeededPaths(BaseCase):
    """A payload can be worked whichever fields are masked, but for those that the adapter says it needs."""

    def test_everything_else_may_be_masked(self):
        for code, adapter in ADAPTERS.items():
            for path in sorted((PAYLOADS / code).glob("*.json")):
                payload = json.loads(path.read_text())
                event = self.parse(adapter, payload)
                for steps in self.list_paths(payload):
                    if event is None or masking.find_needed(steps, adapter.needed_paths):
                        continue
                    for how in (masking.REMOVE, masking.LAST_4, masking.HASH):
                        masked = masking.mask(payload, [(steps, how)], lambda text: "#0123456789abcdef")
                        with self.subTest(adapter=code, payload=path.stem, path=".".join(steps), how=how):
                            self.assertEqual(type(self.parse(adapter, masked)), type(event))
                            self.assertEqual(adapter.get_device_key(masked), adapter.get_device_key(payload))

    def parse(self, adapter, payload):
        try:
            return adapter.parse(payload)
        except PayloadError:
            return None

    def list_paths(self, data, steps=()):
        if isinstance(data, list):
            for item in data:
                yield from self.list_paths(item, steps)
        elif isinstance(data, dict):
            for name, value in data.items():
                yield (*steps, name)
                yield from self.list_paths(value, (*steps, name))


@tagged("post_install", "-at_install")
class TestLogTokens(BaseCase):
    def test_token_is_not_in_the_line_of_a_request(self):
        line = '"POST /psa/webhook/abc-DEF_123 HTTP/1.1" 202 -'
        for record in (
            logging.LogRecord("werkzeug", logging.INFO, "", 0, "%s", (line,), None),
            logging.LogRecord("werkzeug", logging.INFO, "", 0, line, None, None),
        ):
            self.assertTrue(TokenFilter().filter(record))
            self.assertIn('"POST /psa/webhook/*** HTTP/1.1" 202', record.getMessage())
