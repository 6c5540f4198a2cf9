"""Measuring inside Odoo: CPU of this process and of its database connections, time, and queries.

CPU is what holds on a noisy machine. The database server's part is read from /proc, which needs the server on the same
machine; where it is not, `cpu` is left empty and the report says that it went by the clock on the wall.
"""

import gc
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
WARM_UPS = 2  # rounds; fewer when there are fewer rounds than that


class Bench:
    """One run: takes case and baseline in turn, round by round, and keeps every sample."""

    def __init__(self, env, rounds):
        self.env = env
        self.rounds = rounds
        self.warm_ups = min(WARM_UPS, rounds)
        self.meter = Meter(env.registry)
        self.comparisons = {}
        # What is loaded by now stays: the collector need not look at it before every round.
        gc.collect()
        gc.freeze()

    def compare(self, name, title, case, baseline, operations=1, before=None):
        """Measure two functions in turn; `before` puts things back before each and is not measured.

        Who goes first changes from round to round, so that neither has always the warmer processor.
        """
        samples = {case: [], baseline: []}
        for _ in range(self.warm_ups):
            for function in samples:
                self._take(function, operations, before)
        for number in range(self.rounds):
            self.say(f"{name} {number + 1}/{self.rounds}")
            for function in sorted(samples, key=[case, baseline].index, reverse=bool(number % 2)):
                samples[function].append(self._take(function, operations, before))
        self.record(name, title, samples[case], samples[baseline])

    def take(self, function, operations=1, before=None):
        """The rounds of a single function, to be held against something else by `record`."""
        for _ in range(self.warm_ups):
            self._take(function, operations, before)
        return [self._take(function, operations, before) for _ in range(self.rounds)]

    def record(self, name, title, case, baseline):
        self.comparisons[name] = {"title": title, "case": case, "baseline": baseline}

    def request(self, function, user):
        """Call the function as a request of the user does: fresh caches, a transaction, a commit."""
        with self.env.registry.cursor() as cr:
            env = self.env(cr=cr, user=user, context={"lang": user.lang, "tz": "Australia/Sydney"}, su=False)
            function(env)

    def say(self, text):
        print(f"bench: {text}", flush=True)

    def result(self):
        return {"rounds": self.rounds, "comparisons": self.comparisons}

    def _take(self, function, operations, before):
        if before:
            before()
        with self.meter.measure(operations) as sample:
            function()
        return sample


class Meter:
    """What a piece of work takes, per operation."""

    def __init__(self, registry):
        self.registry = registry

    @contextmanager
    def measure(self, operations=1):
        """Yield the sample, filled when the work is done. The garbage collector keeps out of the way."""
        sample = {}
        gc.collect()
        gc.disable()
        try:
            connections = self._read_connections()
            queries, cpu, wall = self._count_queries(), time.process_time(), time.monotonic()
            yield sample
            wall, cpu = time.monotonic() - wall, time.process_time() - cpu
            queries = self._count_queries() - queries
            after = self._read_connections()
        finally:
            gc.enable()
        of_database = self._subtract(after, connections)
        whole = None if of_database is None else cpu + of_database
        sample.update(
            cpu=self._per(whole, operations, 1000),
            cpu_python=self._per(cpu, operations, 1000),
            cpu_database=self._per(of_database, operations, 1000),
            wall=self._per(wall, operations, 1000),
            queries=self._per(queries, operations),
        )

    def _per(self, amount, operations, factor=1):
        return None if amount is None else round(amount * factor / operations, 4)

    def _count_queries(self):
        """All queries of the process, those of other cursors too: what runs after a commit opens its own."""
        return sys.modules["odoo.sql_db"].sql_counter

    def _read_connections(self):
        """CPU seconds by process of the database server that works for this database; none where it is elsewhere."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid IS NOT NULL")
            pids = [pid for (pid,) in cr.fetchall()]
            database = cr.dbname
        return {pid: self._read_cpu(pid, database) for pid in pids}

    def _read_cpu(self, pid, database):
        """A server elsewhere may have a process number of this machine: the process' title must name the database."""
        folder = Path("/proc") / str(pid)
        try:
            if database not in (folder / "cmdline").read_text():
                return None
            if (scheduled := folder / "schedstat").exists():
                return int(scheduled.read_text().split()[0]) / 1e9
            ticks = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
            return sum(map(int, ticks)) / TICK
        except OSError:
            return None

    def _subtract(self, after, before):
        """Connections that were opened meanwhile count whole."""
        if any(cpu is None for cpu in (*after.values(), *before.values())):
            return None
        return sum(cpu - before.get(pid, 0) for pid, cpu in after.items())
