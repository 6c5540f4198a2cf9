"""Minutes of load, and what was not as it should be: the last third of them is held against the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

MIN_MINUTES = 3
DRIFT = 1.25  # times the first third's p95
DRIFT_SLACK = 20.0  # milliseconds: below that it is noise
GROWTH = 1.05  # times the first third's memory
GROWTH_SLACK = 16.0  # megabytes
MORE_CONNECTIONS = 2  # scheduled actions come and go
KEPT = 0.97  # of the rate


@dataclass(frozen=True)
class Minute:
    number: int
    requests: int
    errors: int
    rate: float
    p50: float
    p95: float
    memory: float
    connections: int

    @classmethod
    def of(
        cls, number: int, durations: Sequence[float], errors: int, *, seconds: float, memory: float, connections: int
    ) -> "Minute":
        slowest = quantiles(durations, n=20)[-1] if len(durations) > 1 else float("inf")
        return cls(
            number,
            len(durations),
            errors,
            rate=round(len(durations) / seconds, 2),
            p50=round(median(durations), 1) if durations else float("inf"),
            p95=round(slowest, 1),
            memory=round(memory, 1),
            connections=connections,
        )


def describe_minute(minute: Minute) -> str:
    return (
        f"minute {minute.number}: {minute.requests} requests, {minute.errors} errors, p50 {minute.p50:.0f} ms, "
        f"p95 {minute.p95:.0f} ms, {minute.memory:.0f} MB, {minute.connections} connections"
    )


def find_faults(minutes: Sequence[Minute], rate: float) -> list[str]:
    """Sentences; none when the load was carried."""
    third = max(1, len(minutes) // 3)
    first, last = minutes[:third], minutes[-third:]
    faults = []
    if errors := sum(minute.errors for minute in minutes):
        faults.append(f"{errors} of {sum(minute.requests for minute in minutes)} requests failed")
    if (kept := median(minute.rate for minute in minutes)) < KEPT * rate:
        faults.append(f"{kept:.1f} requests a second were answered, not {rate:.1f}")
    before, after = (median(minute.p95 for minute in part) for part in (first, last))
    if after > before * DRIFT + DRIFT_SLACK:
        faults.append(f"p95 went from {before:.0f} to {after:.0f} ms")
    before, after = (median(minute.memory for minute in part) for part in (first, last))
    if after > before * GROWTH + GROWTH_SLACK:
        faults.append(f"memory went from {before:.0f} to {after:.0f} MB")
    fewer, more = (max(minute.connections for minute in part) for part in (first, last))
    if more > fewer + MORE_CONNECTIONS:
        faults.append(f"connections to the database went from {fewer} to {more}")
    return faults
