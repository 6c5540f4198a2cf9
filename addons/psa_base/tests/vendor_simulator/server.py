"""The HTTP server that stands for all vendors."""

import json
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from . import control
from .answers import Answer, Request
from .faults import Script
from .pulseway import Pulseway
from .rocketcyber import RocketCyber


@dataclass(frozen=True)
class Call:
    """One call that a vendor saw: when (monotonic and by the clock), what, and what it was told."""

    method: str
    path: str
    query: dict
    headers: dict
    body: str
    at: float
    monotonic_at: float
    status: int | None
    fault: str | None

    def as_dict(self):
        return asdict(self)


class VendorSimulator:
    """A context manager: inside it, the vendors are at `pulseway_url`, `rocketcyber_url` and `receiver_url`.

    `receiver_url` takes any POST, as the receiver of our own webhooks does, and answers a GET of a path in
    `canned` with what stands there.
    """

    def __init__(self, port=0):
        self.pulseway, self.rocketcyber = Pulseway(), RocketCyber()
        self.script = Script()
        self.calls = []
        self.canned = {}
        self._calls_lock = threading.Lock()
        self._stopped = threading.Event()
        simulator = self

        class Handler(_Handler):
            pass

        Handler.simulator = simulator
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.pulseway_url = f"{self.url}/pulseway/v3/"
        self.rocketcyber_url = f"{self.url}/rocketcyber/v3/"
        self.receiver_url = f"{self.url}/receiver"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, route, *faults, times=1, skip=0):
        """Let the next calls of `route` ("GET /pulseway/v3/devices", wildcards allowed) go wrong, in order."""
        self.script.add(route, *faults, times=times, skip=skip)

    def find_calls(self, method=None, path=None):
        """What was called, the whole record or that of one method and path."""
        with self._calls_lock:
            return [call for call in self.calls if method in (None, call.method) and path in (None, call.path)]

    def forget_calls(self):
        with self._calls_lock:
            self.calls.clear()

    def answer(self, request):
        if request.path.startswith("/control/"):
            return control.handle(self, request)
        _slash, vendor, *rest = request.path.split("/", 2)
        path = "/".join(rest)
        if vendor == "pulseway" and path.startswith("v3/"):
            return self.pulseway.handle(request, path.removeprefix("v3/"))
        if vendor == "rocketcyber" and path.startswith("v3/"):
            return self.rocketcyber.handle(request, path.removeprefix("v3/"))
        if request.method == "GET" and request.path in self.canned:
            return Answer(200, self.canned[request.path])
        if vendor == "receiver":
            return Answer(204) if request.method == "POST" else Answer(405, {"error": "Post to me."})
        return Answer(404, {"error": "There is no such vendor."})

    def record(self, request, status, fault):
        with self._calls_lock:
            self.calls.append(
                Call(
                    request.method,
                    request.path,
                    request.query,
                    request.headers,
                    request.body.decode("utf-8", "replace"),
                    time.time(),
                    time.monotonic(),
                    status,
                    fault and fault.kind,
                )
            )

    def wait(self, seconds):
        """Stay silent, but do not outlive the test."""
        self._stopped.wait(seconds)


class _Handler(BaseHTTPRequestHandler):
    simulator = None
    protocol_version = "HTTP/1.1"

    def _serve(self):
        request = self._read()
        if request.path.startswith("/control/"):
            self._send(self.simulator.answer(request))
            return
        fault = self.simulator.script.take(request.method, request.path)
        if fault and fault.happens_before:
            self.simulator.record(request, fault.status if fault.kind == "status" else None, fault)
            self._fail(fault)
            return
        answer = self.simulator.answer(request)
        self.simulator.record(request, answer.status, fault)
        if not fault:
            self._send(answer)
        elif fault.kind in ("truncated", "slow"):
            self._send_badly(answer, fault)
        else:
            self._fail(fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _read(self):
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
        try:
            request.json = json.loads(body) if body else None
        except ValueError:
            request.json = None
        return request

    def _send(self, answer):
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        self._send_head(answer.status, len(body), answer.headers)
        self.wfile.write(body)

    def _send_head(self, status, length, headers, content_type="application/json"):
        self.send_response_only(status)
        skew = self.simulator.pulseway.clock_skew
        self.send_header("Date", formatdate(time.time() + skew, usegmt=True))
        if status != 204:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_badly(self, answer, fault):
        body = json.dumps(answer.body).encode()
        self._send_head(answer.status, len(body), answer.headers)
        self.close_connection = True
        if fault.kind == "truncated":
            self.wfile.write(body[: len(body) // 2])
            return
        step = max(1, len(body) // 10)
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            self.simulator.wait(fault.seconds / 10)

    def _fail(self, fault):
        self.close_connection = True
        if fault.kind == "status":
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            message = {"Data": None, "Meta": {"ResponseCode": fault.status, "ErrorMessage": "By script."}}
            self._send(Answer(fault.status, message, headers))
        elif fault.kind in ("hang", "hang_after"):
            self.simulator.wait(fault.seconds)
        elif fault.kind in ("reset", "reset_after"):
            # with a linger time of zero, closing sends a reset instead of a polite end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif fault.kind == "html":
            body = b"<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>"
            self._send_head(200, len(body), {}, "text/html; charset=utf-8")
            self.wfile.write(body)
        elif fault.kind == "big":
            self._send_head(200, fault.size, {})
            chunk = b" " * 65536
            for _each in range(fault.size // len(chunk)):
                self.wfile.write(chunk)

    def handle_one_request(self):
        """Whoever called may be gone: that is what half of the faults are about."""
        try:
            return super().handle_one_request()
        except (ValueError, OSError):
            self.close_connection = True
            return None

    def finish(self):
        with suppress(ValueError, OSError):
            return super().finish()

    def log_message(self, *args):
        """The record of calls says it all."""
