"""What the tests of the suite share: two clients, a person for each role, a team with a lifecycle.

Tests act as an ordinary technician (`cls.support`) unless they say otherwise.
"""

import json
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.tests import HttpCase, TransactionCase, common

# queue_job's helper registers itself in a table that only later builds of 18.0 have
common.SETATTR_SOURCES = getattr(common, "SETATTR_SOURCES", {})
from odoo.addons.queue_job.tests.common import trap_jobs  # noqa: E402, F401

from ..series import GROUPS  # noqa: E402
from .role_matrix import ROLES  # noqa: E402
from .savings import get_routes, new_test_user, without_welcome  # noqa: E402, F401

PAYLOADS = Path(__file__).parent / "payloads"


class RpcError(Exception):
    """What a person reads when the server refuses a call, and the kind of error that it is."""

    def __init__(self, data):
        super().__init__(data["message"])
        self.kind = data["name"]


class PsaDataMixin:
    """The test data. Mix it into a test case class before Odoo's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Plain setup: no mails about new users, no log of what the setup itself did.
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True, "tracking_disable": True})
        cls._set_up_clients()
        with without_welcome(cls.env):
            cls._set_up_users()
        cls._set_up_lifecycle()
        cls._set_up_team()
        cls.env = cls.env(context={k: v for k, v in cls.env.context.items() if k != "tracking_disable"})

    @classmethod
    def _set_up_clients(cls):
        partners = cls.env["res.partner"]
        cls.client_company = partners.create({"name": "Harbour Dental", "is_company": True})
        cls.other_company = partners.create({"name": "Blue Gum Legal", "is_company": True})
        cls.contact = partners.create(
            {"name": "Kim Tran", "email": "kim@harbourdental.example", "parent_id": cls.client_company.id}
        )
        cls.asset, cls.other_asset = cls.env["psa.asset"].create(
            [
                {"name": "HD-RECEPTION", "partner_id": cls.client_company.id},
                {"name": "BG-LAPTOP-1", "partner_id": cls.other_company.id},
            ]
        )

    @classmethod
    def _set_up_users(cls):
        *people, cls.support_colleague = cls._create_users(
            *((f"psa_test_{role}", role) for role in ROLES), ("psa_test_colleague", "support")
        )
        cls.users = dict(zip(ROLES, people, strict=True))
        cls.support, cls.operations, cls.accounts, cls.admin, cls.client_user = people
        cls.client_user.partner_id.parent_id = cls.client_company
        cls.env["hr.employee"].create(
            [{"name": user.name, "user_id": user.id} for user in cls.support | cls.support_colleague | cls.operations]
        )

    @classmethod
    def _create_users(cls, *people):
        """Users as `new_test_user` makes them, of (login, role). All at once: one by one takes twice as long."""
        return cls.env["res.users"].create(
            [
                {
                    "login": login,
                    "password": login,
                    "name": f"{login} (psa_base.group_{role})",
                    "email": f"{login[0]}.{login[0]}@example.com",
                    GROUPS: [Command.set(cls.env.ref(f"psa_base.group_{role}").ids)],
                }
                for login, role in people
            ]
        )

    @classmethod
    def _set_up_lifecycle(cls):
        """Request → Triage (operations) → In progress → Closed, and back from Closed."""
        names = {
            "request": "Request",
            "triage": "Triage",
            "in_progress": "In progress",
            "closed": "Closed",
        }
        stages = cls.env["helpdesk.ticket.stage"].create(
            [
                {"name": name, "code": f"test_{code}", "sequence": 10 * rank, "closed": code == "closed"}
                for rank, (code, name) in enumerate(names.items(), start=1)
            ]
        )
        cls.request, cls.triage, cls.in_progress, cls.closed = stages
        cls.lifecycle = cls.env["psa.lifecycle"].create(
            {
                "name": "Test lifecycle",
                "initial_stage_id": cls.request.id,
                "transition_ids": [
                    cls._prepare_move(cls.request, cls.triage, "operations"),
                    cls._prepare_move(cls.triage, cls.in_progress, "support", "operations"),
                    cls._prepare_move(cls.in_progress, cls.closed, "support", "operations"),
                    cls._prepare_move(cls.closed, cls.in_progress, "support", "client"),
                ],
            }
        )

    @classmethod
    def _prepare_move(cls, from_stage, to_stage, *roles):
        groups = [cls.env.ref(f"psa_base.group_{role}").id for role in roles]
        return Command.create(
            {
                "from_stage_id": from_stage.id,
                "to_stage_id": to_stage.id,
                "group_ids": [Command.set(groups)],
            }
        )

    @classmethod
    def _set_up_team(cls):
        cls.project = cls.env["project.project"].create({"name": "Service desk time", "allow_timesheets": True})
        teams = cls.env["helpdesk.ticket.team"]
        cls.team = teams.create(
            {
                "name": "Service desk",
                "lifecycle_id": cls.lifecycle.id,
                "project_id": cls.project.id,
                "user_ids": [Command.set((cls.support | cls.support_colleague).ids)],
            }
        )
        cls.free_team = teams.create({"name": "Team without a lifecycle", "user_ids": [Command.set(cls.support.ids)]})

    @classmethod
    def create_ticket(cls, stage=None, **values):
        """A ticket of the client, put into `stage` without walking there. Nobody is told whose it is."""
        tickets = cls.env["helpdesk.ticket"].with_context(mail_auto_subscribe_no_notify=True)
        ticket = tickets.create(
            {
                "name": "Printer prints blank pages",
                "description": "Since this morning.",
                "partner_id": cls.contact.id,
                "team_id": cls.team.id,
                **values,
            }
        )
        if stage:
            ticket.with_user(cls.admin).action_override_stage(stage, "Set up by a test")
        return ticket.with_env(cls.env(user=cls.support))

    @classmethod
    def create_time(cls, ticket, user=None, hours=1.0, **values):
        """Time that a user has worked on a ticket, not approved."""
        user = user or cls.support
        return (
            cls.env["account.analytic.line"]
            .with_user(user)
            .create({"ticket_id": ticket.id, "name": "Cleaned the drum", "unit_amount": hours, **values})
        )

    @classmethod
    def add_gate(cls, from_stage, to_stage, **values):
        """A gate on a move of the lifecycle; by default nothing passes it."""
        gate = cls.env["psa.lifecycle.gate"].create(
            {"name": "Gate", "message": "The gate is shut.", "domain": "[('id', '=', 0)]", **values}
        )
        move = cls.lifecycle.transition_ids.filtered(
            lambda move: move.from_stage_id == from_stage and move.to_stage_id == to_stage
        )
        move.gate_ids += gate
        return gate

    @classmethod
    @contextmanager
    def clock_at(cls, moment):
        """Stop the clock of Python and that of the database, which dates new records, at a UTC time.

        What is yielded can `move_to` another time.
        """
        stopped = patch.object(type(cls.env.cr), "now", lambda cursor: datetime.now())
        with freeze_time(moment) as clock, stopped:
            yield clock


class PsaCase(PsaDataMixin, TransactionCase):
    """Tests inside one transaction."""


class PsaHttpCase(PsaDataMixin, HttpCase):
    """Tests that come in by HTTP, as a browser or another program does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(type(cls.env["ir.http"]), "routing_map", get_routes))

    def call_as(self, user, model, method, *args, **kwargs):
        """Call a public method as the web client does; what the server refuses is raised as `RpcError`."""
        if not getattr(self, "session", None) or self.session.uid != user.id:
            self.authenticate(user.login, user.login)
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer = self.opener.post(
            f"{self.base_url()}/web/dataset/call_kw/{model}/{method}",
            json={"jsonrpc": "2.0", "method": "call", "id": 1, "params": params},
        ).json()
        if "error" in answer:
            raise RpcError(answer["error"]["data"])
        return answer.get("result")


def read_payload(adapter, name):
    return json.loads((PAYLOADS / adapter / f"{name}.json").read_text())


class SameCursorMixin:
    """Transactions of their own see the test's data, and end with it. For TransactionCase; HttpCase has it anyway."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if hasattr(cls, "registry_enter_test_mode_cls"):
            cls.registry_enter_test_mode_cls()
        else:
            cls.registry.enter_test_mode(cls.cr)
            cls.addClassCleanup(cls.registry.leave_test_mode)
