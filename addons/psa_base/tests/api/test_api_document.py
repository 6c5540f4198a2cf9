import json
import re

from odoo.tests import tagged

from ...api.openapi import make_document
from ...api.operation import Deprecation, Operation, get_operations
from ...api.routers.docs import CONTENT_POLICY
from ...api.schemas.problem import ProblemOut
from ...tools.webhook.events import get_events
from .common import PsaApiCase

CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


@tagged("post_install", "-at_install")
class TestApiDocument(PsaApiCase):
    """The OpenAPI document, and the page that shows it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operations = get_operations(cls.env.registry)
        cls.events = get_events(cls.env.registry)
        cls.document = make_document(cls.operations, cls.events)

    def _get_described(self, operation):
        return self.document["paths"][CONVERTER.sub(r"{\1}", operation.path)][operation.method.lower()]

    def _resolve(self, node):
        while "$ref" in node:
            reference = node["$ref"]
            node = self.document
            for part in reference.removeprefix("#/").split("/"):
                node = node[part]
        return node

    def test_everybody_may_read_the_document(self):
        response = self.call("GET", "/openapi.json", headers={"Authorization": ""})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        self.assertEqual(response.json()["openapi"], "3.1.0")
        self.assertLessEqual(set(self.document["paths"]), set(response.json()["paths"]))

    def test_document_that_is_known_is_not_sent_again(self):
        etag = self.call("GET", "/openapi.json").headers["ETag"]
        response = self.call("GET", "/openapi.json", headers={"If-None-Match": etag})
        self.assertEqual((response.status_code, response.content), (304, b""))

    def test_page_needs_nothing_from_elsewhere(self):
        response = self.call("GET", "/docs", headers={"Authorization": "", "Accept": "text/html"})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(response.headers["Content-Security-Policy"], CONTENT_POLICY)
        self.assertNotIn("unsafe", CONTENT_POLICY)
        addresses = re.findall(r'(?:src|href)="([^"]+)"', response.text)
        self.assertGreater(len(addresses), 4)
        for address in addresses:
            with self.subTest(address):
                where = address if address.startswith("/") else f"/psa/api/v1/{address}"
                self.assertEqual(self.url_open(where).status_code, 200)

    def test_every_route_is_described(self):
        described = [
            (path, method.upper())
            for path, item in self.document["paths"].items()
            for method, _operation in item.items()
        ]
        routed = [(CONVERTER.sub(r"{\1}", operation.path), operation.method) for operation in self.operations]
        self.assertEqual(sorted(described), sorted(routed))
        self.assertGreater(len(routed), 3)

    def test_every_operation_has_words_and_a_name_of_its_own(self):
        for operation in self.operations:
            with self.subTest(operation.name):
                self.assertTrue(operation.summary)
                self.assertTrue(operation.tag)
                self.assertFalse(operation.summary.endswith("."))
        names = [operation.name for operation in self.operations]
        self.assertEqual(len(set(names)), len(names))

    def test_every_reference_leads_somewhere(self):
        references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(self.document)))
        for reference in references:
            with self.subTest(reference):
                self.assertTrue(self._resolve({"$ref": reference}))

    def test_every_field_and_parameter_has_words(self):
        for name, schema in self.document["components"]["schemas"].items():
            for field, description in schema.get("properties", {}).items():
                with self.subTest(f"{name}.{field}"):
                    self.assertTrue(description.get("description") or self._resolve(description).get("description"))
        for operation in self.operations:
            for parameter in map(self._resolve, self._get_described(operation)["parameters"]):
                with self.subTest(operation.name, parameter=parameter["name"]):
                    self.assertTrue(parameter["description"])

    def test_schemas_bear_names_that_people_read(self):
        for name in self.document["components"]["schemas"]:
            self.assertRegex(name, r"^[A-Z][A-Za-z]+$")

    def test_answers_may_grow_and_bodies_may_not(self):
        schemas = self.document["components"]["schemas"]
        self.assertNotIn("additionalProperties", schemas["TicketOut"])
        self.assertNotIn("additionalProperties", schemas[ProblemOut.__name__])
        self.assertIs(schemas["TicketIn"]["additionalProperties"], False)

    def test_scope_is_told_and_open_addresses_need_no_key(self):
        for operation in self.operations:
            with self.subTest(operation.name):
                wanted = [{"key": [operation.scope]}] if operation.scope else []
                self.assertEqual(self._get_described(operation)["security"], wanted)
                self.assertEqual("401" in self._get_described(operation)["responses"], bool(operation.scope))

    def test_every_event_is_described(self):
        self.assertEqual(list(self.document["webhooks"]), [event.code for event in self.events])
        self.assertIn("ticket.created", self.document["webhooks"])
        for event in self.events:
            payload = self.document["webhooks"][event.code]["post"]["requestBody"]["content"]["application/json"]
            self.assertEqual(payload["schema"]["properties"]["type"]["const"], event.code)
            self.assertTrue(self._resolve(payload["schema"]["properties"]["data"])["properties"])

    def test_address_that_will_go_is_marked(self):
        [operation] = [each for each in self.operations if each.name == "get_ticket"]
        values = {name: getattr(operation, name) for name in Operation.__dataclass_fields__}
        deprecation = Deprecation(since="2026-01-01", sunset="2027-01-01", link="https://example.com")
        old = make_document([Operation(**{**values, "deprecated": deprecation})], ())
        described = old["paths"]["/tickets/{number}"]["get"]
        self.assertTrue(described["deprecated"])
        self.assertLessEqual({"Deprecation", "Sunset", "Link"}, set(described["responses"]["200"]["headers"]))
