"""A running Odoo: started, waited for until it serves, and ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from .. import ui
from ..database.postgres import lease_for_child
from ..errors import PsaError
from ..paths import log_file
from .runtime import ODOO_BIN, Runtime

READY_PATIENCE = 180.0
STOP_PATIENCE = 20.0
LOG_LIMIT = 20_000_000  # bytes; then the log is put aside when the next server starts
JOBS_AT_ONCE = 2


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str, timeout: float) -> bool:
    """Whether people could log in there."""
    try:
        return requests.get(f"{url}/web/login", timeout=timeout).status_code == requests.codes.ok
    except requests.RequestException:
        return False


@dataclass
class OdooServer:
    """One Odoo process, with its job runner and cron, for one database."""

    runtime: Runtime
    database: str
    port: int
    workers: int = 0
    log: Path = field(default_factory=lambda: log_file("odoo"))
    settings: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    conf_name: str = ""  # where one database has several processes, each needs its own file
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def start(self, on_started: Callable[[int], object] = lambda pid: None) -> None:
        """Start the process, tell its pid, and return when it serves."""
        self._set_base_url()
        conf = self.runtime.conf(
            self.database,
            {
                "http_port": self.port,
                "gevent_port": self.port + 3 if self.workers and port_is_free(self.port + 3) else free_port(),
                "workers": self.workers,
                "max_cron_threads": 1,
                "limit_time_real": 600,
                "limit_time_cpu": 300,
                **self.settings,
            },
            self.conf_name,
        )
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".old.log"))
        lease = lease_for_child()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*self.runtime.odoo, "-c", conf],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.runtime.environment({"ODOO_QUEUE_JOB_CHANNELS": self._count_channels(), **self.environment}),
                start_new_session=True,
                # The claim on the database server goes to Odoo itself, which may outlive this command.
                pass_fds=(lease.fd,) if lease else (),
            )
        if lease:
            lease.release()
        try:
            on_started(self.process.pid)
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _count_channels(self) -> str:
        """A job that prints asks this server for its stylesheets: one worker has to be free to answer that."""
        jobs = min(JOBS_AT_ONCE, self.workers - 1) if self.workers > 1 else JOBS_AT_ONCE
        return f"root:{jobs},root.psa.receivers:1"

    def _set_base_url(self) -> None:
        """Links in mails and the PDF renderer need the address of this run, unless someone fixed it on purpose."""
        self.runtime.database.query(
            self.database,
            "UPDATE ir_config_parameter SET value = %s WHERE key = 'web.base.url' AND NOT EXISTS "
            "(SELECT 1 FROM ir_config_parameter WHERE key = 'web.base.url.freeze')",
            [self.url],
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_PATIENCE
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                raise PsaError(f"Odoo ended before it served{last_error(self.log)}; {self.log} has the whole story")
            # One request that waits: those that gave up would still be worked, and hold up the one that counts.
            if answers(self.url, timeout=max(1.0, deadline - time.monotonic())):
                return
            time.sleep(0.2)
        raise PsaError(
            f"Odoo did not serve within {READY_PATIENCE:.0f} s; {self.log} says what it was doing, then try again"
        )

    def stop(self) -> None:
        if self.process:
            end(self.process.pid, self.process)

    def kill(self) -> None:
        """As a power cut would: no time to write anything."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def end(pid: int, process: subprocess.Popen | None = None) -> None:
    """Ask a server to end, wait, and insist when it does not. `process` is given for a child of ours."""

    def is_over() -> bool:
        return process.poll() is not None if process else not is_alive(pid)

    for sent, patience in ((signal.SIGTERM, STOP_PATIENCE), (signal.SIGKILL, 5.0)):
        if is_over():
            break
        try:
            os.kill(pid, sent)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + patience
        while not is_over() and time.monotonic() < deadline:
            time.sleep(0.1)
    try:
        # What it started itself: workers, browsers, the PDF renderer. It leads its own group.
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and only waits to be noticed does not."""
    state = _ask(pid, "stat=").strip()
    return bool(state) and not state.startswith("Z")


def is_odoo(pid: int) -> bool:
    """Whether the process is a server of this kind and not another that got its number later."""
    return is_alive(pid) and ODOO_BIN.name in _ask(pid, "command=")


def _ask(pid: int, what: str) -> str:
    """From /proc where there is one: small machines have no ps."""
    folder = Path("/proc") / str(pid)
    if not Path("/proc/self/stat").exists():
        return subprocess.run(["ps", "-o", what, "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    try:
        if what == "stat=":
            return (folder / "stat").read_text().rpartition(")")[2].strip()
        return (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def last_error(log: Path) -> str:
    """The last thing that went wrong, as a part of a sentence."""
    if not log.exists():
        return ""
    lines = log.read_text(errors="replace").splitlines()[-200:]
    for line in reversed(lines):
        if " ERROR " in line or " CRITICAL " in line or "Error:" in line:
            return f" ({line.split(': ', 1)[-1].strip()[:200]})"
    return ""


def wait_for(process: subprocess.Popen) -> int:
    """Stay until the server ends, or until we are told to end it."""
    ended = False

    def on_signal(_number: int, _frame: object) -> None:
        nonlocal ended
        if not ended:
            ended = True
            ui.say("Stopping")
            process.send_signal(signal.SIGTERM)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup asks for that
            signal.signal(number, on_signal)
    deadline = None
    while process.poll() is None:
        time.sleep(0.2)
        if ended:
            deadline = deadline or time.monotonic() + STOP_PATIENCE
            if time.monotonic() > deadline:
                process.kill()
    return 0 if ended else process.returncode
