"""All ways in to a ticket, for tests that try each of them.

A way is a method that takes a step and the stage that the step aims at. It returns two things: a function that tries
the step, and how the oracle expects the tickets afterwards, by number, or None when the step must be refused.
"""

from contextlib import nullcontext
from dataclasses import dataclass, replace

from odoo import Command

from .nine_stages import REPLIES

# Who may write tickets of the desk at all. The rules for a move come after that.
WRITERS = {"support", "operations", "admin", "system"}
ACTOR_OF = {"approve": "client", "reject": "client", "override": "admin", "team_form": "admin"}
# The ways that come by HTTP, where OdooBot cannot log in.
WIRE = {"rpc", "web_save", "list_edit", "import", "api", "portal"}
MAIL = """From: {sender}
To: desk@psa.example
Subject: Re: [{number}] label printer
Message-Id: <{id}@test>
In-Reply-To: <{reply_to}>

Any news?
"""


class Refused(Exception):
    """A refusal by an answer and not by an error of the server."""


@dataclass(frozen=True)
class Step:
    """Somebody tries something on a ticket. `pick` is a random number that chooses among what can be tried.

    Most random steps would be refused. An honest step goes where the rules allow, by somebody who may do it.
    """

    way: str
    actor: str
    number: int
    pick: int
    is_honest: bool

    def settled(self):
        if self.is_honest:
            return replace(self, actor=ACTOR_OF.get(self.way, self.actor if self.actor in WRITERS else "operations"))
        return self


class Ways:
    """`self.case` is the test case with its people, `self.known` the tickets as the oracle knows them."""

    NAMES = (
        *("write", "sudo", "batch", "rpc", "web_save", "list_edit", "import", "automation", "team_form", "mail_update"),
        *("mail", "api", "create", "copy", "portal", "team", "assign", "assign_and_move"),
        *("override", "approve", "reject"),
    )

    def get_way(self, step, target):
        return getattr(self, f"_{step.way}")(step, target)

    def _as_actor(self, step, records):
        return records.with_user(self.case.actors[step.actor])

    def _ticket(self, step):
        return self._as_actor(step, self.tickets[step.number])

    def _to(self, target):
        return {"stage_id": self.case.stages[target].id}

    def _after_move(self, step, target, *numbers, is_sudo=False):
        """The tickets after the move, or None when the actor may not write them or one of them may not go there."""
        numbers, role = numbers or (step.number,), self.case.roles[self.case.actors[step.actor]]
        may_write = is_sudo or step.actor in WRITERS
        if not may_write or any(self.known[number].get_refusal(target, role) for number in numbers):
            return None
        return {number: self.known[number].move(target) for number in numbers}

    def _unchanged(self):
        return {}

    # Writes of the stage

    def _write(self, step, target):
        return lambda: self._ticket(step).write(self._to(target)), self._after_move(step, target)

    def _sudo(self, step, target):
        return lambda: self._ticket(step).sudo().write(self._to(target)), self._after_move(step, target, is_sudo=True)

    def _batch(self, step, target):
        after = self._after_move(step, target, *range(len(self.tickets)))
        return lambda: self._as_actor(step, self.tickets).write(self._to(target)), after

    def _call(self, step, method, *args, **kwargs):
        return self.case.call_as(self.case.actors[step.actor], "helpdesk.ticket", method, *args, **kwargs)

    def _rpc(self, step, target):
        ids = self.tickets[step.number].ids
        return lambda: self._call(step, "write", ids, self._to(target)), self._after_move(step, target)

    def _web_save(self, step, target):
        ids = self.tickets[step.number].ids
        after = self._after_move(step, target)
        return lambda: self._call(step, "web_save", ids, self._to(target), specification={}), after

    def _list_edit(self, step, target):
        numbers = step.number, (step.number + 1) % len(self.tickets)
        ids = [self.tickets[number].id for number in numbers]
        return lambda: self._call(step, "write", ids, self._to(target)), self._after_move(step, target, *numbers)

    def _import(self, step, target):
        row = [self.case.xmlids[step.number], str(self.case.stages[target].id)]

        def act():
            answer = self._call(step, "load", ["id", "stage_id/.id"], [row])
            if errors := [message for message in answer["messages"] if message["type"] == "error"]:
                raise Refused(errors[0]["message"])

        return act, self._after_move(step, target)

    def _automation(self, step, target):
        """An automation of the database moves the ticket to the stage whose ID is written into the reference."""
        values = {"external_reference": f"{self.case.stages[target].id}"}
        return lambda: self._ticket(step).write(values), self._after_move(step, target)

    def _team_form(self, step, target):
        team = self._as_actor(step, self.case.teams[self.known[step.number].team])
        command = Command.update(self.tickets[step.number].id, self._to(target))
        after = self._after_move(step, target) if step.actor in ("admin", "system") else None
        return lambda: team.write({"ticket_ids": [command]}), after

    def _mail_update(self, step, target):
        message = {"to": "", "cc": "", "from": "kim@harbourdental.example", "subject": "Re: printer"}
        ticket = self._ticket(step)
        after = self._after_move(step, target)
        return lambda: ticket.message_update(message, update_vals=self._to(target)), after

    def _portal(self, step, target):
        """The portal's button moves the ticket under sudo, and the rules for the client still hold."""
        step = replace(step, actor="client")
        after = self._after_move(step, "closed", is_sudo=True)

        def act():
            self.case.log_in(self.case.actors["client"])
            values = {"ticket_id": self.tickets[step.number].id, "stage_id": self.case.stages["closed"].id}
            answer = self.case.opener.get(f"{self.case.base_url()}/ticket/close", params=values, allow_redirects=False)
            if answer.status_code >= 400:
                raise Refused(f"HTTP {answer.status_code}")

        return act, after

    # Other writes

    def _mail(self, step, target):
        """A client's reply moves a ticket that waits for it. When a gate refuses the move, the message is kept."""
        ticket = self.tickets[step.number].sudo()
        self.mails += 1
        mail = MAIL.format(
            sender="kim@harbourdental.example",
            number=ticket.number,
            id=f"{self.mails}.{step.pick}",
            reply_to=ticket.message_ids[-1:].message_id,
        )
        known = self.known[step.number]
        stage = REPLIES.get(known.stage)
        after = {step.number: known.move(stage)} if stage and not known.get_refusal(stage, "system") else {}
        return lambda: self.env["mail.thread"].message_process(None, mail), after

    def _api(self, step, target):
        """A client's program creates a ticket. A stage in the request is refused."""
        body = {"subject": "By API", "description": "Text", "priority": "low"}
        is_honest = step.pick % 2
        if not is_honest:
            body["stage"] = target

        def act():
            answer = self.case.opener.post(
                f"{self.case.base_url()}/psa/api/v1/tickets",
                json=body,
                headers={"Authorization": f"Bearer {self.case.bearer}"},
                timeout=30,
            )
            if answer.status_code != 201:
                raise Refused(answer.text)
            self.new = self.tickets.search([("number", "=", answer.json()["number"])])

        return act, self._unchanged() if is_honest else None

    def _create(self, step, target):
        values = {"name": "New", "description": "Text", "team_id": self.case.teams["desk"].id}
        target = "request" if step.is_honest else target

        def act():
            self.new = self._as_actor(step, self.tickets).create({**values, **self._to(target)})

        return act, self._unchanged() if step.actor in WRITERS and target == "request" else None

    def _copy(self, step, target):
        default = self._to(target) if step.pick % 2 else None

        def act():
            self.new = self._ticket(step).copy(default)

        may = step.actor in WRITERS and (target == "request" or not default)
        return act, self._unchanged() if may else None

    def _team(self, step, target):
        names = ("desk", "projects") if step.is_honest else ("desk", "projects", "free", None)
        name = names[step.pick % len(names)]
        team = self.case.teams.get(name) or (self.case.free_team if name else self.case.free_team.browse())
        known = self.known[step.number]
        now = known if name == known.team else known.give_to(name, self.case.members.get(name, ()))
        may = step.actor in WRITERS and name in self.case.teams and not now.is_without_needed_engineer()
        return lambda: self._ticket(step).write({"team_id": team.id}), {step.number: now} if may else None

    def _assign(self, step, target):
        name, user = self._pick_engineer(step)
        now = self.known[step.number].assign(name)
        may = step.actor in WRITERS and not now.is_without_needed_engineer()
        return lambda: self._ticket(step).write({"user_id": user.id}), {step.number: now} if may else None

    def _assign_and_move(self, step, target):
        """One write assigns and moves: the new engineer counts for the move and for the stage where it ends."""
        name, user = self._pick_engineer(step)
        assigned = self.known[step.number].assign(name)
        role = self.case.roles[self.case.actors[step.actor]]
        now = assigned.move(target)
        may = step.actor in WRITERS and not assigned.get_refusal(target, role) and not now.is_without_needed_engineer()
        values = {"user_id": user.id, **self._to(target)}
        return lambda: self._ticket(step).write(values), {step.number: now} if may else None

    def _pick_engineer(self, step):
        name = ("support", "colleague", None)[step.pick % 3]
        return name, self.case.engineers.get(name, self.case.env["res.users"])

    # Acts of one role alone

    def _override(self, step, target):
        """An administrator moves against the rules; that takes a reason and another stage."""
        reason = "The client is waiting" if step.pick % 3 else " "
        may = step.actor == "admin" and reason.strip() and target != self.known[step.number].stage
        act = self._ticket(step).action_override_stage
        stage = self.case.stages[target]
        return lambda: act(stage, reason), {step.number: self.known[step.number].move(target)} if may else None

    def _approve(self, step, target):
        return self._decide(step, "closed", "approved", lambda report: report.action_approve("Kim Tran"))

    def _reject(self, step, target):
        return self._decide(step, "in_progress", "rejected", lambda report: report.action_reject("Still blank"))

    def _decide(self, step, target, report, decide):
        """The client decides once on a sent report; the ticket moves on if it still waits for the decision."""
        known = self.known[step.number]
        svr = self._as_actor(step, self.tickets[step.number].sudo().svr_ids.sorted("version")[-1:].sudo(False))

        def act():
            if not svr:
                raise Refused("There is no report")
            decide(svr)

        if step.actor != "client" or known.report != "sent":
            return act, None
        now = known.report_is(report)
        return act, {step.number: now.move(target) if now.stage == "svr_pending" else now}


def undone(env, is_kept):
    """A savepoint, because a refused request is rolled back; nothing when the code swallows the refusal."""
    return nullcontext() if is_kept else env.cr.savepoint()
