"""A key of a client, for the tests of what becomes of keys."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields

from .common import PsaCase


class ApiKeyCase(PsaCase):
    """A key of the client, inside one transaction."""

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
        with freeze_time(fields.Datetime.now() + after):
            return bool(self.keys._get_access(bearer))
