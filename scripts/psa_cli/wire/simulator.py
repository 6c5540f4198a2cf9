"""The vendors' simulator as a program beside the suite, and its remote control."""

import subprocess
import sys
from typing import Any

import requests

from ..errors import PsaError
from ..paths import ROOT

PROGRAM = ROOT / "addons" / "psa_base" / "tests" / "vendor_simulator"
READY = "VENDOR SIMULATOR READY "
TIMEOUT = 10


class Simulator:
    """Inside the block the vendors are at `url`. IDs that it gives count from `first_id`."""

    def __init__(self, first_id: int) -> None:
        self.first_id = first_id
        self.url = ""

    def __enter__(self) -> "Simulator":
        command = [sys.executable, str(PROGRAM), "--first-id", str(self.first_id)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        if not line.startswith(READY):
            self.__exit__()
            raise PsaError(f"the vendors' simulator did not start; run {PROGRAM} to see why")
        self.url = line.removeprefix(READY)
        return self

    def __exit__(self, *_raised: object) -> None:
        self.process.terminate()
        self.process.wait(TIMEOUT)

    def add(self, path: str, **values: Any) -> Any:
        """Put something in, `pulseway/devices` for instance; what was made comes back."""
        [made] = self._control("POST", path, values)["made"]
        return made

    def fail(self, route: str, status: int) -> None:
        """Let calls of the route be answered with the status alone, until it is mended."""
        self._control(
            "POST", "faults", {"route": route, "faults": [{"kind": "status", "status": status}], "times": None}
        )

    def mend(self) -> None:
        self._control("DELETE", "faults")

    def find_calls(self, method: str, path: str) -> list[dict[str, Any]]:
        calls = self._control("GET", "calls")["calls"]
        return [call for call in calls if call["method"] == method and call["path"].endswith(path)]

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/control/{path}", json=body, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json() if answer.content else None
