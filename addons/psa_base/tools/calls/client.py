"""Calls to another system over HTTPS. Each ends in an answer, or in a `CallError` that says what went wrong.

Nothing here knows Odoo or a vendor. The error class of a fault says what may be done next. Above all it says whether a
request that changes something may be sent again: after `UNKNOWN_OUTCOME` the other system has to be asked first.

The texts of errors are for people. They quote neither what was sent nor the address with its parameters, because both
may hold secrets. What the other system says about an error is quoted unless it contains our secrets.
"""

import base64
import json
import time
from dataclasses import dataclass

import requests

from ...exceptions import CallError, ErrorClass
from ..text import clean_line
from .faults import (
    SAFE_METHODS,
    fault_as_call_error,
    find_message,
    make_refusal,
    make_unreadable,
    read_retry_after,
)
from .wire import Wire

TIMEOUT = (5, 20)  # seconds: to connect, and between two pieces of the answer
PATIENCE = 90  # seconds for the whole of one answer, however slowly it drips
MAX_BYTES = 16 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other system answered: a status of 2xx, its headers, and the JSON of its body if it has one."""

    status: int
    headers: dict
    json: object = None


class Bearer(requests.auth.AuthBase):
    """`Authorization: Bearer <token>`."""

    def __init__(self, token):
        self._token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class VendorClient:
    """One system's API.

    `auth` is what requests takes: a pair for Basic, a `Bearer`, or None. `spare_auth` is tried once when `auth` is
    refused: credentials may be in replacement. `book` books the next free moment for a call and returns the seconds
    until then; without it the client keeps `min_interval` between its own calls. `report` is called after each call,
    with None or the error. `signing_secrets` are for adapters that sign what they send. Addresses that are not public
    are called only with `may_stay_inside`.
    """

    def __init__(
        self,
        base_url,
        auth=None,
        headers=None,
        timeout=TIMEOUT,
        min_interval=1.0,
        last_call_at=None,
        sleep=time.sleep,
        clock=time.time,
        *,
        spare_auth=None,
        book=None,
        report=None,
        signing_secrets=(),
        may_stay_inside=False,
        patience=PATIENCE,
        max_bytes=MAX_BYTES,
    ):
        self.base_url = base_url
        self.signing_secrets = tuple(signing_secrets)
        self.last_call_at = last_call_at
        # The number of requests that may have changed something in the other system.
        self.effects = 0
        self._min_interval = min_interval
        self._sleep, self._clock = sleep, clock
        self._auths = [auth or _no_auth, *([spare_auth] if spare_auth else [])]
        self._secrets = {*_list_secrets(self._auths), *self.signing_secrets}
        self._book = book or self._book_for_itself
        self._report = report or _report_to_nobody
        self._timeout, self._patience, self._max_bytes = timeout, patience, max_bytes
        self._wire = Wire(timeout, may_stay_inside)
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, self._wire)
        self._session.headers.update({"Accept": "application/json", "User-Agent": "StratumPSA/1", **(headers or {})})

    def request(self, method, path, *, params=None, json=None, data=None, headers=None, parse=True):
        """Call `path` below the base address. Without `parse` the body of the answer is not read."""
        method = method.upper()
        request = {"params": params, "json": json, "data": data, "headers": headers}
        effect = method not in SAFE_METHODS
        self.effects += effect
        try:
            return self._request(method, self._get_url(path), request, parse)
        except CallError as error:
            if error.error_class != ErrorClass.UNKNOWN_OUTCOME:
                self.effects -= effect
            raise

    def close(self):
        self._session.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def _get_url(self, path):
        return f"{self.base_url.rstrip('/')}/{path.lstrip('/')}" if path else self.base_url

    def _request(self, method, url, request, parse):
        while True:
            self._wait_for_turn()
            try:
                answer = self._exchange(method, url, request, parse)
            except CallError as error:
                self._report(error)
                # A refused login has no effect, so the call may be repeated with the spare credential.
                if error.status != requests.codes.unauthorized or len(self._auths) == 1:
                    raise
                self._auths.pop(0)
            else:
                self._report(None)
                return answer

    def _wait_for_turn(self):
        seconds = self._book()
        if seconds > 0:
            self._sleep(seconds)
        self.last_call_at = self._clock()

    def _book_for_itself(self):
        return self.last_call_at + self._min_interval - self._clock() if self.last_call_at else 0

    def _exchange(self, method, url, request, parse):
        with self._wire.watch(self._patience), fault_as_call_error(method, self._wire, self._timeout):
            response = self._session.request(
                method,
                url,
                auth=self._auths[0],
                allow_redirects=False,
                stream=True,
                timeout=max(self._timeout),
                **request,
            )
            try:
                return self._read(method, response, parse)
            finally:
                response.close()

    def _read(self, method, response, parse):
        status = response.status_code
        if not 200 <= status < 300:
            raise make_refusal(
                method,
                status,
                self._get_said(response),
                read_retry_after(response.headers.get("Retry-After"), self._clock()),
            )
        headers = dict(response.headers)
        if not parse or method == "HEAD":
            return Answer(status, headers)
        body = _read_body(response, self._max_bytes)
        if body is None:
            # The same request would have the same answer.
            raise CallError(
                f"The answer is larger than {self._max_bytes // 1024} KiB. Ask for less at once.",
                ErrorClass.PERMANENT if method in SAFE_METHODS else ErrorClass.UNKNOWN_OUTCOME,
                status=status,
            )
        if not body.strip():
            return Answer(status, headers)
        try:
            return Answer(status, headers, json.loads(body))
        except (ValueError, RecursionError):
            raise make_unreadable(method, body, status) from None

    def _get_said(self, response):
        """What the other system says about an error in JSON; empty when that contains one of our secrets."""
        body = _read_body(response, MAX_ERROR_BYTES)
        try:
            value = json.loads(body or b"")
        except (ValueError, RecursionError):
            return ""
        said = clean_line(find_message(value))
        return "" if any(secret in said for secret in self._secrets) else said[:300]


def _list_secrets(auths):
    """The secrets that must not be quoted: parts of credentials, also in the form that a header has."""
    for auth in auths:
        if isinstance(auth, tuple):
            yield base64.b64encode(":".join(auth).encode()).decode()
        yield from (part for part in (auth if isinstance(auth, tuple) else vars(auth).values()) if part)


def _read_body(response, limit):
    """The body (bytes), or None when it is larger than `limit`."""
    body = bytearray()
    for piece in response.iter_content(16 * 1024):
        body += piece
        if len(body) > limit:
            return None
    return bytes(body)


def _report_to_nobody(error):
    """The default for `report`: nobody is told."""


def _no_auth(request):
    """Keeps requests from looking for a login in the server's own .netrc."""
    return request
