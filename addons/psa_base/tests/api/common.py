"""What the tests of the REST API and of its keys share."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields

from ...models.api import psa_api_usage
from ...tools.api.lease import Leases
from ..common import PsaCase, PsaHttpCase


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
        # Each test begins without the requests that a test before it was let in ahead: they were rolled back.
        self.startPatcher(patch.object(psa_api_usage, "_leases", Leases()))

    def call(self, method, path, json=None, *, bearer=None, headers=None, **options):
        """Send a request; `options` go to the library `requests`: `params`, `data` or `files`, for example."""
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


class ApiKeyCase(PsaCase):
    """A key of the client. Tests ask the model, without HTTP and inside one transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.create_key()
        cls.bearer = cls.key._rotate_key()
        cls.keys = cls.env["psa.api.key"]

    @classmethod
    def create_key(cls, **values):
        return cls.env["psa.api.key"].create(
            {
                "name": "Practice software",
                "partner_id": cls.client_company.id,
                "team_id": cls.team.id,
                "scope_ids": [Command.set(cls.env.ref("psa_base.psa_api_scope_tickets_read").ids)],
                **values,
            }
        )

    def is_live(self, bearer, after=timedelta()):
        """Whether a key (in clear) opens the API, `after` so long."""
        with freeze_time(fields.Datetime.now() + after):
            return bool(self.keys._get_access(bearer))
