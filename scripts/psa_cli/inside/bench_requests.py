"""HTTP benchmarks: rounds of requests to several targets in turn, by several senders at once.

Requests are bytes on the wire and a new connection each: a sender that took as long as the server would hide what
that takes.
"""

import re
import socket
import statistics
import threading
import time
import xmlrpc.client
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

# More than there are cores: a worker waits a moment for its client to hang up, and what is measured is the work.
WORKERS = 6
SENDERS = 8


@dataclass(frozen=True)
class Request:
    """What is sent, the status that has to come back, and words that have to be in the answer."""

    raw: bytes
    status: int
    holds: bytes = b""


@dataclass(frozen=True)
class Target:
    """So many requests a round that one lasts about as long as another's. `operations` are done by each request."""

    prepare: Callable[[int], Request]
    count: int
    operations: int = 1


class Wire:
    """A server's address, and how to speak to it."""

    def __init__(self, url):
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port)

    def ping(self, _number):
        return Request(self.write("GET", "/psa_bench/ping"), 200)

    def xmlrpc(self, user, password, model, method, *arguments):
        call = (user.env.cr.dbname, user.id, password, model, method, arguments)
        body = xmlrpc.client.dumps(call, "execute_kw").encode()
        return Request(self.write("POST", "/xmlrpc/2/object", body, {"Content-Type": "text/xml"}), 200)

    def write(self, method, path, body=b"", headers=()):
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.address[0]}:{self.address[1]}",
            "Connection: close",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in dict(headers).items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def send(self, request):
        with socket.create_connection(self.address, timeout=120) as connection:
            connection.sendall(request.raw)
            answer = self._read(connection)
        as_expected = answer[8:13] == f" {request.status} ".encode() and request.holds in answer
        if not as_expected or b"<fault>" in answer:
            raise AssertionError(f"{request.raw[:60]} was answered by {answer[:900]}")

    def _read(self, connection):
        """As long as it says it is. Who waits for the server to hang up waits for werkzeug, which lingers a little."""
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._receive(connection)
        [length] = re.findall(rb"(?i)content-length: (\d+)", answer[:end])
        while len(answer) < end + 4 + int(length):
            answer += self._receive(connection)
        return answer

    def _receive(self, connection):
        received = connection.recv(65536)
        if not received:
            raise AssertionError("The server hung up before it had answered.")
        return received


def take_in_turn(bench, server, wire, targets):
    """The samples of each target: who goes first changes from round to round."""
    samples = {name: [] for name in targets}
    names = list(targets)
    for number in range(bench.warm_ups + bench.rounds):
        bench.say(f"round {number + 1}/{bench.warm_ups + bench.rounds}")
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            target = targets[name]
            requests = [target.prepare(each) for each in range(target.count)]
            sample = take(bench, server, wire, requests, target.operations)
            if number >= bench.warm_ups:
                samples[name].append(sample)
    return samples


def take(bench, server, wire, requests, operations=1):
    """One round: milliseconds of CPU and on the clock for each operation, and of the slowest request in 20."""
    waiting, durations = iter(requests), []
    lock = threading.Lock()

    def send():
        while True:
            with lock:
                request = next(waiting, None)
            if request is None:
                return
            started = time.perf_counter()
            wire.send(request)
            durations.append((time.perf_counter() - started) * 1000)

    before = server.read_cpu(bench.meter)
    started = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as senders:
        sent = [senders.submit(send) for _sender in range(SENDERS)]
    wall = (time.perf_counter() - started) * 1000
    for each in sent:
        each.result()  # raises what went wrong
    cpu = server.subtract_cpu(bench.meter, before)
    done = len(requests) * operations
    return {
        "wall": wall / done,
        "p95": statistics.quantiles(durations, n=20)[-1],
        "cpu": None if cpu is None else cpu / done,
    }
