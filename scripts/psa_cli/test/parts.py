"""A long run of pytest cut into parts that run side by side, each with a database of its own.

Files stay whole. How long each takes is known from the reports of earlier runs; for a fresh checkout there is a table,
and for a file that is not in it the size of its text. A wrong figure costs some seconds of a run and nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..checks import results
from ..paths import ROOT, local

# Seconds of files that are slow for their size.
KNOWN = {
    "test_api_access": 85,
    "test_api_conflicts": 65,
    "test_api_contract": 40,
    "test_api_docs_page": 70,
    "test_api_fuzz": 80,
    "test_api_isolation": 40,
    "test_api_repeats": 80,
    "test_bench": 45,
    "test_billing": 50,
    "test_cli_kept": 30,
    "test_demo": 85,
    "test_hub_collisions": 30,
    "test_hub_dashboard_tour": 40,
    "test_hub_kills": 100,
    "test_lifecycle_properties": 70,
    "test_load": 25,
    "test_role_matrix": 60,
    "test_svr": 45,
    "test_tours": 65,
    "test_two_nodes": 70,
}
BYTES_A_SECOND = 1_000
# A part has to set up a database and start a server first, so that a short one is not worth it.
SHORTEST = 180.0
MOST = 3


@dataclass(frozen=True)
class Part:
    """Test files that run in one process, one after the other, and how long that will take about."""

    seconds: float
    files: list[str]


class Weights:
    """How long test files take, as far as it is known before they run."""

    def __init__(self, measured: Mapping[str, float]):
        self._measured = measured

    @classmethod
    def load(cls) -> "Weights":
        """From the reports of the last runs; of those of two series the longer time."""
        measured: dict[str, float] = {}
        for report in local("test").glob("*.xml"):
            for name, of_file in results.read_files(results.read_cases(report) or ()).items():
                measured[name] = max(of_file.seconds, measured.get(name, 0.0))
        return cls(measured)

    def weigh(self, file: Path) -> float:
        name = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
        if name in self._measured:
            return self._measured[name]
        return KNOWN.get(file.stem) or file.stat().st_size / BYTES_A_SECOND


def split(files: Iterable[Path], weights: Weights) -> list[Part]:
    """Parts that take about the same time, the longest file dealt out first."""
    weighed = sorted(((weights.weigh(file), str(file)) for file in files), reverse=True)
    whole = sum(seconds for seconds, _file in weighed)
    count = max(1, min(MOST, len(weighed), int(whole / SHORTEST)))
    heaps: list[list[tuple[float, str]]] = [[] for _ in range(count)]
    for each in weighed:
        min(heaps, key=_total).append(each)
    return [Part(_total(heap), sorted(file for _seconds, file in heap)) for heap in heaps]


def _total(heap: list[tuple[float, str]]) -> float:
    return sum(seconds for seconds, _file in heap)
