"""What the tests of the REST API share."""

from unittest.mock import patch

from odoo import Command

from ...models.api import psa_api_usage
from ...tools.api.lease import Leases
from ..common import PsaHttpCase


class PsaApiCase(PsaHttpCase):
    """The REST API with a key of the client, and one of another client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api_key, cls.other_key = cls.env["psa.api.key"].create(
            [
                {
                    "name": "Practice software",
                    "partner_id": company.id,
                    "team_id": cls.team.id,
                    "scope_ids": [Command.set(cls.env["psa.api.scope"].search([]).ids)],
                }
                for company in (cls.client_company, cls.other_company)
            ]
        )
        cls.bearer, cls.other_bearer = cls.api_key._rotate_key(), cls.other_key._rotate_key()

    def setUp(self):
        super().setUp()
        # what one test was let in ahead is not in the database of the next one
        self.startPatcher(patch.object(psa_api_usage, "_leases", Leases()))

    def call(self, method, path, json=None, *, bearer=None, headers=None, **options):
        """Send a request; `options` are those of the library, as `params`, `data` and `files`."""
        return self.opener.request(
            method,
            f"{self.base_url()}/psa/api/v1{path}",
            json=json,
            headers={"Authorization": f"Bearer {bearer or self.bearer}", **(headers or {})},
            timeout=30,
            **options,
        )

    def assert_problem(self, response, status, *fields):
        """A problem answer with this status, and with errors about exactly these fields."""
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        problem = response.json()
        self.assertEqual(problem["status"], status)
        self.assertEqual(problem["request_id"], response.headers["X-Request-Id"])
        self.assertEqual([error["field"] for error in problem["errors"]], list(fields))
        self.assertNotIn("Set-Cookie", response.headers)
        return problem
