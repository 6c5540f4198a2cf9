"""`load`: mixed traffic of clients' programs for a long time, at a share of what the server can do at most.

It runs against a server and a copy of the demo database of its own. First the maximum is measured, by programs that
wait for nothing but their answers; then requests come at a share of that rate, whether or not the ones before were
answered. Each minute is told; what grew or became slower in the end ends it with 1.
"""

import contextlib
import json
import sys
import time
from dataclasses import asdict
from typing import Any

from .. import ui
from ..core import core
from ..errors import PsaError
from ..odoo import live
from .sending import Driver, Outcome
from .traffic import Traffic
from .verdict import Minute, describe_minute, find_faults
from .watching import Watch

WARM_UP = 30  # seconds, before the maximum is measured
MEASURED = 60
MINUTE = 60


def run(series: str | None, minutes: int, share: float, workers: int, form: str) -> int:
    """0 when nothing failed, grew or became slower; 1 otherwise."""
    # A program that reads the JSON must not have to find it among the signs of life.
    with contextlib.redirect_stdout(sys.stderr) if form == "json" else contextlib.nullcontext():
        series = series or core.for_tests()[0]
        with live.serve(series, "load") as server:
            server.restart(workers=workers)
            found = _load(server, minutes, share)
    if form == "json":
        print(json.dumps({"series": series, "workers": workers, **found}, indent=2))
    return 1 if found["faults"] else 0


def _load(server: live.LiveServer, count: int, share: float) -> dict[str, Any]:
    watch = Watch(server)
    traffic = Traffic(server)
    maximum = _measure_maximum(traffic)
    rate = maximum * share
    ui.say(f"At most {maximum:.1f} requests a second; {count} minutes at {rate:.1f} a second from here on")
    minutes, errors = _keep_up(traffic, rate, count, watch)
    faults = find_faults(minutes, rate)
    for line in [*sorted(errors)[:10], *faults]:
        ui.say(f"NOT AS IT SHOULD BE: {line}")
    ui.say("No error, no growth, no drift" if not faults else "The load was not carried")
    return {
        "maximum": round(maximum, 2),
        "rate": round(rate, 2),
        "minutes": [asdict(minute) for minute in minutes],
        "errors": sorted(errors)[:10],
        "faults": faults,
    }


def _measure_maximum(traffic: Traffic) -> float:
    with Driver(traffic) as driver:
        with ui.step("Warming up"):
            driver.run_for(WARM_UP)
        with ui.step("Measuring the maximum"):
            outcomes = driver.run_for(MEASURED)
    if failed := [outcome.error for outcome in outcomes if outcome.error]:
        raise PsaError(f"requests fail before there is any load: {failed[0]}")
    return len(outcomes) / MEASURED


def _keep_up(traffic: Traffic, rate: float, count: int, watch: Watch) -> tuple[list[Minute], set[str]]:
    minutes: list[Minute] = []
    errors: set[str] = set()
    with Driver(traffic, rate) as driver:
        for number in range(1, count + 1):
            began = time.monotonic()
            outcomes = driver.run_for(MINUTE)
            minute = _sum_up(number, outcomes, watch, time.monotonic() - began)
            errors.update(outcome.error for outcome in outcomes if outcome.error)
            minutes.append(minute)
            ui.say(describe_minute(minute))
    return minutes, errors


def _sum_up(number: int, outcomes: list[Outcome], watch: Watch, seconds: float) -> Minute:
    return Minute.of(
        number,
        [outcome.milliseconds for outcome in outcomes],
        sum(outcome.error is not None for outcome in outcomes),
        seconds=seconds,
        memory=watch.read_memory(),
        connections=watch.count_connections(),
    )
