"""What clients' programs are answered, and by which process: the server's log tells."""

import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import requests
from psa_cli.odoo.live import LiveServer

PROBLEM = "application/problem+json"


def assert_problem(answer: requests.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"].startswith(PROBLEM)
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "instance", "request_id"} <= set(problem)
    return problem


def ask_workers(
    server: LiveServer, ask: Callable[[str], requests.Response], count: int = 1, patience: float = 30
) -> Counter[int]:
    """Ask until so many processes have answered, each at least once: how often each status came.

    `ask` sends a request with the X-Request-Id that it is given: the log says which process that was.
    """
    statuses: Counter[int] = Counter()
    ids: set[str] = set()
    deadline = time.monotonic() + patience
    with ThreadPoolExecutor(8) as pool:
        while True:
            asked = [uuid4().hex for _each in range(16)]
            ids.update(asked)
            statuses.update(answer.status_code for answer in pool.map(ask, asked))
            lines = re.findall(r"^\S+ \S+ (\d+) .* request_id=(\w+)", server.log, re.MULTILINE)
            workers = {pid for pid, request_id in lines if request_id in ids}
            if len(workers) >= count:
                return statuses
            assert time.monotonic() < deadline, f"only {len(workers)} of {count} processes have answered"
