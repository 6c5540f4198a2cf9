"""Random lives of alerts against a simple oracle."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ...adapters.facts import Priority
from ..common import PsaDataMixin
from .common import AlertMixin

NOON = datetime(2026, 7, 6, 2)
LEVELS = list(Priority)
REOPEN = timedelta(hours=24)

CONDITIONS = st.sampled_from(("offline", "disk"))
STEPS = st.one_of(
    st.tuples(st.just("alert"), CONDITIONS, st.integers(0, 3)),
    st.tuples(st.just("alert"), CONDITIONS, st.integers(0, 3)),
    st.tuples(st.just("resolve"), CONDITIONS),
    st.tuples(st.just("touch"), CONDITIONS),
    st.tuples(st.just("close"), CONDITIONS),
    st.tuples(st.sampled_from(("begin_maintenance", "end_maintenance", "sweep"))),
    st.tuples(st.just("wait"), st.sampled_from((5, 90, 25 * 60))),
)


@dataclass
class Ticket:
    level: int
    is_touched: bool = False
    closed_at: datetime | None = None


@dataclass
class Episode:
    level: int
    count: int = 1
    is_suppressed: bool = False
    muted_level: int | None = None


@dataclass
class Oracle:
    """What should be, for each condition: the episode that goes on, and its last ticket."""

    now: datetime = NOON
    is_maintained: bool = False
    episodes: dict = field(default_factory=dict)
    tickets: dict = field(default_factory=dict)
    made: int = 0

    def alert(self, name, level):
        self._end_closed(name)
        episode = self.episodes.get(name)
        if not episode:
            self.episodes[name] = Episode(level, is_suppressed=self.is_maintained)
            if not self.is_maintained:
                self._give_ticket(name)
            return
        episode.count += 1
        if episode.is_suppressed:
            episode.level = max(episode.level, level)
            if not self.is_maintained:
                self._open(name)
        elif not self.is_maintained:
            self._raise(name, level)
        if self.is_maintained or episode.muted_level is not None:
            episode.muted_level = max(episode.muted_level or 0, level)

    def resolve(self, name):
        episode, ticket = self.episodes.pop(name, None), self.tickets.get(name)
        is_open = episode and not episode.is_suppressed and not ticket.closed_at
        if is_open and not ticket.is_touched:
            ticket.closed_at = self.now

    def touch(self, name):
        if name in self.tickets:
            self.tickets[name].is_touched = True

    def close(self, name):
        ticket = self.tickets.get(name)
        if ticket and not ticket.closed_at:
            ticket.closed_at, ticket.is_touched = self.now, True

    def begin_maintenance(self):
        self.is_maintained = True

    def end_maintenance(self):
        self.is_maintained = False

    def sweep(self):
        for name in list(self.episodes):
            self._end_closed(name)
        for name, episode in self.episodes.items():
            if episode.is_suppressed and not self.is_maintained:
                self._open(name)
            elif not self.is_maintained and episode.muted_level is not None:
                self._raise(name, episode.muted_level)
                episode.muted_level = None

    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    def _end_closed(self, name):
        episode = self.episodes.get(name)
        if episode and not episode.is_suppressed and self.tickets[name].closed_at:
            del self.episodes[name]

    def _raise(self, name, level):
        if level > self.episodes[name].level:
            self.episodes[name].level = level
            self.tickets[name].level = max(self.tickets[name].level, level)

    def _open(self, name):
        self.episodes[name].is_suppressed, self.episodes[name].muted_level = False, None
        self._give_ticket(name)

    def _give_ticket(self, name):
        ticket, level = self.tickets.get(name), self.episodes[name].level
        if ticket and (not ticket.closed_at or self.now - ticket.closed_at <= REOPEN):
            ticket.closed_at = None
            ticket.level = max(ticket.level, level)
        else:
            self.tickets[name] = Ticket(level)
            self.made += 1


class Undo(Exception):
    pass


@tagged("post_install", "-at_install", "heavy")
class TestAlertProperties(AlertMixin, PsaDataMixin, TransactionCase):
    """At most one open ticket a condition, counts to the one, priorities never lowered, nothing closed once touched."""

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=25,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(STEPS, min_size=5, max_size=20))
    def _hold(self, steps):
        with self.assertRaises(Undo), self.clock_at(NOON) as clock, self.env.cr.savepoint():
            self.oracle, self.device.is_in_maintenance = Oracle(), False
            before = self._count_tickets()
            for name, *values in steps:
                getattr(self.oracle, name)(*values)
                getattr(self, f"_{name}")(*values)
                clock.move_to(self.oracle.now)
                self._compare()
            self.assertEqual(self._count_tickets() - before, self.oracle.made)
            raise Undo
        self.env.invalidate_all()

    def test_random_lives_are_as_the_oracle_says(self):
        self._hold()

    def _alert(self, name, level):
        self.alert(name, priority=LEVELS[level])

    def _resolve(self, name):
        self.alert(name, state="resolved")

    def _touch(self, name):
        for ticket in self._ticket(name):
            ticket.with_user(self.operations).message_post(body="I am on it.")

    def _close(self, name):
        ticket = self._ticket(name)
        if ticket and not ticket.stage_id.closed:
            ticket = ticket.with_user(self.operations)
            ticket.message_post(body="Done.")
            ticket.stage_id = self.team._get_applicable_stages().filtered("closed")[:1]

    def _begin_maintenance(self):
        self.device.is_in_maintenance = True

    def _end_maintenance(self):
        self.device.is_in_maintenance = False

    def _sweep(self):
        self.sweep()

    def _wait(self, minutes):
        pass

    def _alerts(self, name):
        return self.env["psa.alert"].search([("title", "=", name), ("asset_id", "=", self.device.id)], order="id desc")

    def _ticket(self, name):
        return self._alerts(name).ticket_id.sorted("id")[-1:]

    def _count_tickets(self):
        return self.env["helpdesk.ticket"].with_context(active_test=False).search_count([])

    def _compare(self):
        self.env.flush_all()
        for name in ("offline", "disk"):
            going_on = self._alerts(name).filtered(lambda alert: alert.state != "recovered")
            episode, ticket = self.oracle.episodes.get(name), self.oracle.tickets.get(name)
            expected = episode and [
                episode.count,
                str(episode.level),
                "suppressed" if episode.is_suppressed else "open",
            ]
            found = [[alert.occurrence_count, alert.priority, alert.state] for alert in going_on]
            self.assertEqual(found, [expected] if episode else [])
            tickets = self._alerts(name).ticket_id
            self.assertLessEqual(len(tickets.filtered(lambda ticket: not ticket.stage_id.closed)), 1)
            if ticket:
                last = tickets.sorted("id")[-1]
                self.assertEqual(
                    (last.priority, bool(last.stage_id.closed)), (str(ticket.level), bool(ticket.closed_at))
                )
