"""Other people's tools that try the REST API by its document: a generator of clients, a fuzzer, a validator.

They live in an environment of their own below `.local/`, because they need a lot that nothing else here does.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from ..machine import locks, proc
from ..paths import LOCAL, ROOT, local, log_file

PINS = ROOT / "config" / "api" / "requirements.txt"
VENV = LOCAL / "venv-api"


def ensure() -> None:
    """Make the environment, or bring it up to date."""
    state = hashlib.sha256(f"{sys.version}{PINS.read_text()}".encode()).hexdigest()
    stamp = VENV / "stamp"
    with locks.lock(local("lock") / "venv-api"):
        if stamp.is_file() and stamp.read_text() == state:
            return
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True, capture_output=True)
        proc.run(
            "Installing what tests the REST API",
            [VENV / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", "--no-deps",
             "--progress-bar=off", "--no-compile", "--only-binary", ":all:", "-r", PINS],
            log_file("pip-api"),
            advice="check the network and try again",
        )  # fmt: skip
        stamp.write_text(state)


def tool(name: str) -> Path:
    """The command of that name in the environment, which is made when it is not there."""
    ensure()
    return VENV / "bin" / name
