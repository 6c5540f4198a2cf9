"""Sending calls from several senders at once: as fast as answers come, or at a fixed rate."""

import threading
import time
from collections import deque
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Self

from .traffic import Call, Traffic

SENDERS = 16
TIMEOUT = 60


@dataclass(frozen=True)
class Outcome:
    """How long a call took from the moment that it was due, and what was wrong with its answer."""

    milliseconds: float
    error: str | None


class Driver:
    """Keeps its senders busy until it is closed. Without a rate each sends its next call when it has an answer."""

    def __init__(self, traffic: Traffic, rate: float | None = None) -> None:
        self.traffic = traffic
        self.rate = rate
        self._numbers = count()
        self._outcomes: deque[Outcome] = deque()
        self._over = threading.Event()
        self._started = time.monotonic()
        self._senders = [threading.Thread(target=self._send_all) for _each in range(SENDERS)]

    def __enter__(self) -> Self:
        for sender in self._senders:
            sender.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for sender in self._senders:
            sender.join()

    def run_for(self, seconds: float) -> list[Outcome]:
        """What was answered meanwhile."""
        time.sleep(seconds)
        return [self._outcomes.popleft() for _each in range(len(self._outcomes))]

    def _send_all(self) -> None:
        while not self._over.is_set():
            due = time.monotonic()
            if self.rate:
                # a call that has to wait for a free sender is late all the same
                due = self._started + next(self._numbers) / self.rate
                if self._over.wait(max(0, due - time.monotonic())):
                    return
            error = send(self.traffic, self.traffic.next_call())
            self._outcomes.append(Outcome((time.monotonic() - due) * 1000, error))


def send(traffic: Traffic, call: Call) -> str | None:
    """What was wrong, if anything."""
    connection = HTTPConnection(*traffic.address, timeout=TIMEOUT)
    try:
        headers = {**call.client.headers, **call.headers}
        connection.request(call.method, call.client.root + call.path, call.body, headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in call.statuses:
            return f"{call.method} {call.path}: {answer.status} {body[:300].decode(errors='replace')}"
        call.client.learn(call, answer.headers, body)
    except (OSError, HTTPException) as error:
        return f"{call.method} {call.path}: {error!r}"
    finally:
        connection.close()
    return None
