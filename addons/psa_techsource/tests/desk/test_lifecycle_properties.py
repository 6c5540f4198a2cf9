"""Random people try random moves by every way in, and the nine stages hold all the same.

The sequences are the same in each run. A failure shows a short sequence that fails, step by step.
"""

import time
from dataclasses import replace
from random import Random
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.psa_base.tests.common import RpcError, new_test_user

from ..common import TechsourceHttpCase
from .lifecycle_ways import WIRE, Refused, Step, Ways, undone
from .nine_stages import MOVES, STAGES, Ticket

# People of the desk come up more often, because most steps of others are refused at once.
ACTORS = ("support", "operations", "support", "operations", "admin", "client", "system", "outsider", "accounts")
# The origin that the history has to name for these ways in.
ORIGINS = {"web_save": "form", "rpc": "form", "list_edit": "form", "import": "import", "automation": "automation"}
# At most so many sequences, or as many as fit into so many seconds of CPU time, but never fewer than the last number.
EXAMPLES, SECONDS, FEWEST = 60, 25, 10
# For these ways in, the test swallows half of the refusals, as careless code would.
SWALLOWED = {"write", "assign", "team"}
STARTS = ("request", "in_progress", "resolved", "svr_pending")
# Ways that move tickets come up more often, so that a sequence reaches all stages.
WAYS = (*Ways.NAMES, "write", "write", "write", "web_save", "sudo", "assign", "assign", "approve", "reject", "override")
LENGTH = 24


def draw_steps(seed):
    """Draw steps at random from people, tickets and ways; the same seed gives the same steps."""
    random = Random(seed)  # noqa: S311 - not for secrets
    return [
        Step(
            way=random.choice(WAYS),
            actor=random.choice(ACTORS),
            number=random.randrange(len(STARTS)),
            pick=random.randrange(10**6),
            is_honest=random.random() < 0.75,
        )
        for _ in range(LENGTH)
    ]


class Undo(Exception):
    """Ends a sequence, so that all it did is rolled back."""


class Play(Ways):
    """One sequence: the tickets, what the oracle knows of them, and what happened so far."""

    def __init__(self, case):
        self.case, self.env, self.tickets = case, case.env, case.tickets
        self.log, self.mails, self.new = [], 0, None
        self.known = [self.look_at(ticket) for ticket in self.tickets]

    def play(self, step):
        step = step.settled()
        if step.way in WIRE and step.actor == "system":
            step = replace(step, actor="operations")
        waiting = [number for number, known in enumerate(self.known) if known.is_waiting_for_approval()]
        if step.is_honest and step.way in ("approve", "reject") and waiting:
            step = replace(step, number=waiting[0])
        known = self.known[step.number]
        targets = (step.is_honest and known.get_targets()) or STAGES
        target = targets[step.pick % len(targets)]
        act, after = self.get_way(step, target)
        self.log.append(
            f"{len(self.log) + 1}. {step.actor} by {step.way}: ticket {step.number}, {known.stage} → {target} "
            f"(pick {step.pick}), to be {'refused' if after is None else 'done'}"
        )
        self.new, before = None, self.read_rows()
        refusal = self.attempt(act, is_kept=step.way in SWALLOWED and after is None and step.pick % 2)
        self.log[-1] += f", was {f'refused: {refusal}' if refusal else 'done'}"
        self.expect(bool(refusal) == (after is None), "the wrong verdict")
        if refusal:
            self.expect(self.read_rows() == before, "a refused write changed something")
        else:
            self.check(step, after, before)

    def attempt(self, act, is_kept):
        """Do `act` and return the first line of the refusal, if it was refused."""
        try:
            with undone(self.env, is_kept):
                act()
                self.env.flush_all()
        except (UserError, RpcError, Refused) as refusal:
            if not is_kept:
                self.env.invalidate_all(flush=False)
            return str(refusal).splitlines()[0]
        return None

    def look_at(self, ticket):
        ticket = ticket.sudo()
        engineer = next((name for name, user in self.case.engineers.items() if user == ticket.user_id), None)
        team = next((name for name, team in self.case.teams.items() if team == ticket.team_id), None)
        report = ticket.svr_ids.sorted("version")[-1:].state or None
        return Ticket(ticket.stage_id.code, engineer, team, bool(ticket.vendor_id), report)

    def read_rows(self):
        """Return the rows that a refused write must not have changed."""
        self.env.flush_all()
        rows = {}
        for table, condition in (
            ("helpdesk_ticket", "true"),
            ("psa_lifecycle_move", "true"),
            ("psa_audit_entry", "true"),
            ("techsource_svr", "true"),
            ("mail_message", "model IN ('helpdesk.ticket', 'techsource.svr')"),
        ):
            self.env.cr.execute(f"SELECT * FROM {table} WHERE {condition} ORDER BY id")  # noqa: S608 - constants
            rows[table] = self.env.cr.fetchall()
        return rows

    def check(self, step, after, before):
        """Check that tickets and history are as the oracle expects after a step that was done."""
        left = {number: self.known[number].stage for number in after}
        self.known = [after.get(number, known) for number, known in enumerate(self.known)]
        self.env.invalidate_all()
        moved = [number for number, stage in left.items() if self.known[number].stage != stage]
        rows = self.env["psa.lifecycle.move"].search([]).sorted("id")[len(before["psa_lifecycle_move"]) :]
        self.expect(len(rows) == len(moved) + bool(self.new), f"{len(rows)} rows in the history, not {len(moved)}")
        for row in rows.filtered(lambda row: row.ticket_id != self.new):
            self.expect(row.is_override == (step.way == "override"), "the history is wrong about an override")
            self.expect(row.origin == ORIGINS.get(step.way, row.origin), f"the history says {row.origin}")
        if self.new:
            self.expect(self.look_at(self.new).stage == "request", "a new ticket does not start at the start")
            self.check_history(self.new.sudo())
        for number, ticket in enumerate(self.tickets):
            found = self.look_at(ticket)
            self.expect(found == self.known[number], f"ticket {number} is {found}, not {self.known[number]}")
            self.check_history(ticket.sudo())

    def check_history(self, ticket):
        """Check that the moves have no gap, that each was allowed, and that the stage keeps its rules."""
        stage, is_overridden = None, False
        for row in ticket.move_ids.sorted("id"):
            move = row.from_stage_id.code or None, row.to_stage_id.code
            self.expect(move[0] == stage, f"the history has a gap before {move}")
            stage = move[1]
            if row.is_override:
                is_overridden = True
                entry = row.audit_entry_id
                self.expect(entry.kind == "override" and entry.reason.strip(), f"no entry in the audit for {move}")
                self.expect((entry.model, entry.res_id) == (ticket._name, ticket.id), "the entry is another ticket's")
            elif move != (None, "request"):
                role = self.case.roles[row.user_id]
                self.expect(move in MOVES and role in {*MOVES[move], "system"}, f"{role} made the move {move}")
        self.expect(stage == ticket.stage_id.code, f"the history ends in {stage}, not in {ticket.stage_id.code}")
        if not is_overridden:
            known = self.look_at(ticket)
            self.expect(not known.is_without_needed_engineer(), f"{stage} without an engineer")
            self.expect(stage != "closed" or known.report == "approved", "closed without the client's approval")

    def expect(self, truth, otherwise):
        if not truth:
            raise AssertionError("\n".join(["", *self.log, f"→ {otherwise}"]))


@tagged("post_install", "-at_install", "heavy")
class TestLifecycleProperties(TechsourceHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        outsider = new_test_user(cls.env, login="psa_test_outsider", groups="psa_base.group_support")
        system = cls.env.ref("base.user_root")
        cls.actors = {**cls.users, "outsider": outsider, "system": system}
        cls.roles = {user: role for role, user in cls.users.items()}
        cls.roles |= {cls.support_colleague: "support", outsider: "support", system: "system"}
        cls.engineers = {"support": cls.support, "colleague": cls.support_colleague}
        projects = cls.team.copy({"name": "Projects", "user_ids": [Command.set(cls.support.ids)]})
        cls.teams = {"desk": cls.team, "projects": projects}
        cls.members = {"desk": {"support", "colleague"}, "projects": {"support"}}
        cls.free_team = cls.env["helpdesk.ticket.team"].create({"name": "Free", "user_ids": cls.support.ids})
        cls.stages["closed"].close_from_portal = True
        tickets = [cls.create_ticket(start if start != "request" else None) for start in STARTS]
        cls.tickets = cls.env["helpdesk.ticket"].browse([ticket.id for ticket in tickets])
        cls.tickets[1].vendor_id = cls.env["res.partner"].create({"name": "Fibre vendor"})
        cls.xmlids = [row[0] for row in cls.tickets.export_data(["id"])["datas"]]
        key = cls.env["psa.api.key"].create(
            {
                "name": "Practice software",
                "partner_id": cls.client_company.id,
                "team_id": cls.team.id,
                "scope_ids": [Command.set(cls.env["psa.api.scope"].search([]).ids)],
            }
        )
        cls.bearer = key._rotate_key()
        cls._create_automation()
        cls.env.flush_all()

    @classmethod
    def _create_automation(cls):
        fields = cls.env["ir.model.fields"]
        model = cls.env["ir.model"]._get("helpdesk.ticket")
        action = cls.env["ir.actions.server"].create(
            {
                "name": "Move",
                "model_id": model.id,
                "state": "code",
                "code": "record.write({'stage_id': int(record.external_reference)})",
            }
        )
        cls.env["base.automation"].create(
            {
                "name": "Move",
                "model_id": model.id,
                "trigger": "on_write",
                "trigger_field_ids": fields._get("helpdesk.ticket", "external_reference").ids,
                "action_server_ids": action.ids,
            }
        )

    def log_in(self, user):
        self.authenticate(user.login, user.login)

    @mute_logger("odoo.http", "odoo.addons.mail.models.mail_thread", "odoo.sql_db")
    def play(self, steps):
        """Play a sequence and undo it."""
        with self.assertRaises(Undo), self.env.cr.savepoint():
            play = Play(self)
            for step in steps:
                play.play(step)
            raise Undo
        self.env.invalidate_all(flush=False)

    def shorten(self, steps, failure):
        """Leave out steps for a minute, and return the failure of the shortest sequence that still fails.

        Hypothesis can do this more thoroughly, but takes much longer.
        """
        start, number = time.monotonic(), 0
        while number < len(steps) and time.monotonic() - start < 60:
            fewer = steps[:number] + steps[number + 1 :]
            try:
                self.play(fewer)
                number += 1
            except AssertionError as error:
                steps, failure = fewer, error
        return failure

    def test_no_sequence_of_moves_by_any_way_in_breaks_the_nine_stages(self):
        failed, played, start = [], 0, time.process_time()

        @settings(
            derandomize=True,
            database=None,
            deadline=None,
            max_examples=EXAMPLES,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.integers(0, 2**32).map(draw_steps))
        def hold(steps):
            nonlocal played
            if not failed and (played < FEWEST or time.process_time() - start < SECONDS):
                played += 1
                try:
                    self.play(steps)
                except AssertionError as failure:
                    failed.append(self.shorten(steps, failure))

        hold()
        if failed:
            self.fail(failed[0])
        self.assertGreaterEqual(played, FEWEST)

    def test_play_notices_an_engine_that_lets_everything_pass(self):
        """The test itself is tried on broken engines, because a check that cannot fail proves nothing."""
        close = Step("write", "support", 0, STAGES.index("closed"), False)
        dismiss = Step("assign", "operations", 1, 2, False)
        hand_over = Step("write", "support", 2, 1, True)
        for step, method, sabotage, notice in (
            (close, "_judge_move", lambda tickets, stage: ([], []), "the wrong verdict"),
            (dismiss, "_check_engineer_stays", lambda *args: None, "the wrong verdict"),
            (hand_over, "_follow_with_svr", lambda *args: None, "ticket 2 is"),
        ):
            broken = patch.object(type(self.tickets), method, sabotage)
            with self.subTest(method), broken, self.assertRaisesRegex(AssertionError, notice):
                self.play([step])
