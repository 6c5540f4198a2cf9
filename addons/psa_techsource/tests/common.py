"""What the tests of the engagement share: the suite's people and clients, on the nine stages."""

from unittest.mock import patch

from odoo import Command
from odoo.tests import TransactionCase

from odoo.addons.psa_base.tests.api.common import PsaApiCase
from odoo.addons.psa_base.tests.common import PsaDataMixin, PsaHttpCase
from odoo.addons.psa_base.tests.common_tours import TourMixin

# The usual way of a ticket through its stages, and which role makes each move.
WAY = (
    ("triage", "operations"),
    ("assigned", "operations"),
    ("in_progress", "support"),
    ("resolved", "support"),
    ("svr_pending", "support"),
)


class TechsourceDataMixin(PsaDataMixin):
    """The service desk as it is installed, with the test's own people in it."""

    @classmethod
    def _set_up_lifecycle(cls):
        cls.lifecycle = cls.env.ref("psa_techsource.lifecycle_service_desk")
        cls.stages = {stage.code: stage for stage in cls.lifecycle.stage_ids}

    @classmethod
    def _set_up_team(cls):
        cls.team = cls.env.ref("psa_techsource.team_service_desk")
        cls.team.user_ids = [Command.set((cls.support | cls.support_colleague).ids)]
        cls.project = cls.team.project_id

    @classmethod
    def create_ticket(cls, stage=None, **values):
        """Create a ticket of the client with an engineer, and have the usual people move it to `stage`."""
        values = {"user_id": cls.support.id, "asset_id": cls.asset.id, **values}
        ticket = super().create_ticket(**values)
        if stage:
            cls.walk(ticket, stage)
        return ticket

    @classmethod
    def walk(cls, ticket, until):
        """Move the ticket along the usual way from its stage to the stage `until`."""
        codes = [code for code, _role in WAY]
        start = codes.index(ticket.stage_id.code) + 1 if ticket.stage_id.code in codes else 0
        for code, role in WAY[start : codes.index(until) + 1]:
            cls.move(ticket, code, role)

    @classmethod
    def move(cls, ticket, code, role="support"):
        ticket.with_user(cls.users[role]).write({"stage_id": cls.stages[code].id})

    @classmethod
    def create_sent_svr(cls, hours=(1.0,), **values):
        """Create a report that waits for the client, on a ticket with time entries of these hours."""
        ticket = cls.create_ticket("in_progress", **values)
        for amount in hours:
            cls.create_time(ticket, hours=amount)
        cls.walk(ticket, "svr_pending")
        return ticket.svr_ids

    @classmethod
    def create_invoice(cls, **values):
        """Create a draft invoice to the client, of 300.00 without tax."""
        line = {"name": "Work", "quantity": 2, "price_unit": 150}
        return cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.client_company.id,
                "invoice_date": "2026-11-20",
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )

    @classmethod
    def create_approved_svr(cls, hours=(1.0,), approved=None, **values):
        """Create a report that the client approved, with the first `approved` of its time entries approved, too."""
        svr = cls.create_sent_svr(hours, **values)
        times = svr.sudo().line_ids.time_id
        times[:approved].with_user(cls.operations).action_approve()
        svr.with_user(cls.client_user).action_approve("Kim Tran")
        return svr


class TechsourceCase(TechsourceDataMixin, TransactionCase):
    """Tests inside one transaction."""


class TechsourceHttpCase(TechsourceDataMixin, PsaHttpCase):
    """Tests that come in by HTTP."""


class TechsourceApiCase(TechsourceDataMixin, PsaApiCase):
    """The REST API with a key of the client, and one of another client."""

    PDF = b"%PDF-1.4 as a renderer would make it"

    def pdf_renderer(self, **behaviour):
        """Replace the renderer, which needs a server that tests do not have; yields the mock."""
        behaviour = behaviour or {"return_value": (self.PDF, "pdf")}
        return patch.object(type(self.env["ir.actions.report"]), "_render_qweb_pdf", **behaviour)


class TechsourceTourCase(TourMixin, TechsourceHttpCase):
    """Tests that drive a browser."""
