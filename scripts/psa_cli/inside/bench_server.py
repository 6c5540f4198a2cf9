"""A running Odoo for benchmarks that need one: the same core, addons and database as the shell that measures."""

import configparser
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

HERE = Path(__file__).parent
# The floor under every answer: what Odoo takes for a request that asks for nothing. An addon that is loaded
# server-wide, so its route is there although it is installed nowhere and the suite does not have it.
PING_ADDON = "psa_bench_ping"
PING_FILES = {
    "__manifest__.py": '{"name": "Bench ping", "version": "1.0.0", "license": "AGPL-3", "depends": ["web"]}',
    "__init__.py": """
from odoo import http
from odoo.http import request

class PingController(http.Controller):
    @http.route("/psa_bench/ping", type="http", auth="none", csrf=False, save_session=False, readonly=False)
    def ping(self):
        return request.make_response("pong")
""",
}
PATIENCE = 120
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    """Its address, and what its processes and those of the database have taken."""

    def __init__(self, url, pid):
        self.url, self.pid = url, pid

    def read_cpu(self, meter):
        """CPU seconds so far, or nothing where it cannot be had."""
        return self._read_processes(), meter._read_connections()

    def subtract_cpu(self, meter, before):
        """Milliseconds since then."""
        processes, connections = self.read_cpu(meter)
        of_database = meter._subtract(connections, before[1])
        return None if of_database is None else (processes - before[0] + of_database) * 1000

    def read_memory(self):
        """Megabytes that its processes hold."""
        pages = sum(int((folder / "statm").read_text().split()[1]) for folder, _stat in self._read_stats())
        return pages * PAGE / 1e6

    def _read_processes(self):
        return sum(sum(map(int, stat[11:13])) for _folder, stat in self._read_stats()) / TICK

    def _read_stats(self):
        """Of the server and its workers: they are a session of their own."""
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with suppress(OSError):
                    stat = (folder / "stat").read_text().rpartition(")")[2].split()
                    if int(stat[3]) == self.pid:
                        yield folder, stat


@contextmanager
def serve(env, *, with_jobs, workers=2):
    """Yield the address of a server for the shell's database, with or without the runner of jobs."""
    port = _find_free_port()
    with tempfile.TemporaryDirectory() as folder:
        conf = Path(folder) / "bench.conf"
        _write_conf(conf, _write_addon(Path(folder) / "addons"), env.cr.dbname, port, workers, with_jobs)
        with open(Path(folder) / "log", "w+b") as log:
            process = subprocess.Popen(
                [sys.executable, HERE / "odoo_bin.py", "-c", conf],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "ODOO_QUEUE_JOB_CHANNELS": "root:4"},
                start_new_session=True,
            )
            try:
                server = Server(f"http://127.0.0.1:{port}", process.pid)
                _wait(process, f"{server.url}/psa_bench/ping", log)
                yield server
            finally:
                _end(process)


def _end(process):
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _write_addon(addons):
    folder = addons / PING_ADDON
    folder.mkdir(parents=True)
    for name, text in PING_FILES.items():
        (folder / name).write_text(text)
    return addons


def _write_conf(path, addons, database, port, workers, with_jobs):
    """As the shell's own, but for what makes it serve."""
    parser = configparser.RawConfigParser()
    parser.read(sys.modules["odoo"].tools.config.rcfile)
    options = parser["options"]
    wide = ["base", "web", PING_ADDON]
    if "rpc" in options["server_wide_modules"]:  # 19.0 has XML-RPC in an addon of its own
        wide.insert(1, "rpc")
    if with_jobs:
        wide.append("queue_job")
    options.update(
        {
            "addons_path": f"{options['addons_path']},{addons}",
            "db_name": database,
            "http_enable": "True",
            "http_interface": "127.0.0.1",
            "http_port": str(port),
            "gevent_port": str(_find_free_port()),
            "workers": str(workers),
            "max_cron_threads": "0",
            "limit_time_real": "600",
            "limit_time_cpu": "600",
            "log_level": "warn",
            "server_wide_modules": ",".join(wide),
        }
    )
    with path.open("w") as file:
        parser.write(file)


def _find_free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(process, url, log):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    log.seek(0)
    raise AssertionError(f"The server for the benchmark does not serve: {log.read()[-2000:].decode(errors='replace')}")
