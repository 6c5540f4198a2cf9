"""Calls to another system over HTTPS that end: in an answer, or in a `CallError` that says what went wrong.

Nothing here knows Odoo or a vendor. Every fault has an error class, which says what may be done next; above all
whether a request that changes something may be sent again: after `UNKNOWN_OUTCOME` only somebody who looks first may.

Texts are for people. They quote neither what was sent nor the address with its parameters, because both may hold
secrets; what the other side says about an error is quoted without them.
"""

import json
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from socket import SHUT_RDWR

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from ..exceptions import CallError, ErrorClass
from .text import clean_line

TIMEOUT = (5, 20)  # seconds: to connect, and between two pieces of the answer
PATIENCE = 90  # seconds for the whole of one answer, however slowly it drips
MAX_BYTES = 16 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
MAX_RETRY_AFTER = 24 * 60 * 60

# Requests that change nothing, so that sending one again is always safe.
SAFE_METHODS = frozenset({"GET", "HEAD"})

# Where vendors put what they say about an error, at the top or one level below.
_MESSAGE_NAMES = ("ErrorMessage", "detail", "message", "error_description", "title", "error")


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

    `auth` is what requests takes: a pair for Basic, a `Bearer`, or None. `spare_auth` is tried once when `auth`
    is refused, while credentials are being replaced. `book` takes the next free moment for a call and returns how
    many seconds to wait for it; by itself the client keeps `min_interval` between its own calls. `report` hears
    of every call: None, or the error. `signing_secrets` are for adapters that sign what they send.
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
        patience=PATIENCE,
        max_bytes=MAX_BYTES,
    ):
        self.base_url = base_url
        self.signing_secrets = tuple(signing_secrets)
        self.last_call_at = last_call_at
        # how many requests may have changed something over there
        self.effects = 0
        self._min_interval = min_interval
        self._sleep, self._clock = sleep, clock
        self._auths = [auth or _no_auth, *([spare_auth] if spare_auth else [])]
        self._book = book or self._book_for_itself
        self._report = report
        self._timeout, self._patience, self._max_bytes = timeout, patience, max_bytes
        self._wire = _Wire(timeout)
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, self._wire)
        self._session.headers.update({"Accept": "application/json", "User-Agent": "StratumPSA/1", **(headers or {})})

    def request(self, method, path, *, params=None, json=None, data=None, headers=None, parse=True):
        """Call `path` below the base address. Without `parse`, a body that is no JSON is fine and not read."""
        method = method.upper()
        request = {"params": params, "json": json, "data": data, "headers": headers}
        effect = method not in SAFE_METHODS
        self.effects += effect
        try:
            answer = self._request(method, self._get_url(path), request, parse)
        except CallError as error:
            if error.error_class != ErrorClass.UNKNOWN_OUTCOME:
                self.effects -= effect
            if self._report:
                self._report(error)
            raise
        if self._report:
            self._report(None)
        return answer

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
                return self._exchange(method, url, request, parse)
            except CallError as error:
                # Refused at the door, so nothing was done: while credentials are replaced, the other ones may be right.
                if error.status != requests.codes.unauthorized or len(self._auths) == 1:
                    raise
                self._auths.pop(0)

    def _wait_for_turn(self):
        seconds = self._book()
        if seconds > 0:
            self._sleep(seconds)
        self.last_call_at = self._clock()

    def _book_for_itself(self):
        return self.last_call_at + self._min_interval - self._clock() if self.last_call_at else 0

    def _exchange(self, method, url, request, parse):
        with self._wire.watch(self._patience), _fault_as_call_error(method, self._wire, self._timeout):
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
            raise self._make_refusal(method, response)
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
            raise _make_unreadable(method, body, status) from None

    def _make_refusal(self, method, response):
        """The error for an answer that is not 2xx."""
        status = response.status_code
        said = self._get_said(response)
        retry_after = _read_retry_after(response.headers.get("Retry-After"), self._clock())
        if 300 <= status < 400:
            error_class = ErrorClass.PERMANENT
            text = "The address leads on to another one, which is not followed. Enter the final address."
        elif status == requests.codes.too_many_requests:
            error_class = ErrorClass.RATE_LIMITED
            text = "The other system wants fewer calls for a while (429); it is asked again later."
        elif status in (requests.codes.unauthorized, requests.codes.forbidden):
            error_class = ErrorClass.PERMANENT
            text = f"The other system refused the credentials or their rights ({status}). Check the credentials."
        elif status in (requests.codes.request_timeout, 425):
            error_class = ErrorClass.TEMPORARY
            text = f"The other system did not take the request in ({status})."
        elif status < 500:
            error_class = ErrorClass.PERMANENT
            text = f"The other system refused the request ({status})."
        else:
            error_class = ErrorClass.TEMPORARY if method in SAFE_METHODS else ErrorClass.UNKNOWN_OUTCOME
            text = f"The other system has a fault ({status})."
        return CallError(f"{text} It says: “{said.rstrip('.')}”." if said else text, error_class, retry_after, status)

    def _get_said(self, response):
        """What the other side says about an error, if it says so in JSON; never our own secrets back."""
        body = _read_body(response, MAX_ERROR_BYTES)
        try:
            value = json.loads(body or b"")
        except (ValueError, RecursionError):
            return ""
        said = clean_line(_find_message(value))[:300]
        return "" if any(secret in said for secret in self._list_secrets()) else said

    def _list_secrets(self):
        for auth in self._auths:
            yield from (part for part in (auth if isinstance(auth, tuple) else vars(auth).values()) if part)
        yield from self.signing_secrets


class _Wire(HTTPAdapter):
    """The connections of a client: with a timeout always, and cut when an answer takes too long as a whole.

    Timeouts of sockets start again with every byte, so a sender that drips could keep a worker for ever.
    """

    def __init__(self, timeout):
        self._pair = timeout
        self._socket = None
        self.is_cut = False
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        result = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": self._make_pool(HTTPConnectionPool, HTTPConnection),
            "https": self._make_pool(HTTPSConnectionPool, HTTPSConnection),
        }
        return result

    def _make_pool(self, pool_class, connection_class):
        wire = self

        class Connection(connection_class):
            def request(self, *args, **kwargs):
                if self.sock is None:
                    self.connect()
                wire._socket = self.sock
                return super().request(*args, **kwargs)

        return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

    def send(self, request, *args, timeout=None, **kwargs):
        return super().send(request, *args, timeout=self._pair, **kwargs)

    @contextmanager
    def watch(self, seconds):
        self._socket, self.is_cut = None, False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self):
        self.is_cut = True
        if self._socket:
            with suppress(OSError):
                self._socket.shutdown(SHUT_RDWR)


@contextmanager
def _fault_as_call_error(method, wire, timeout):
    """What requests raises, as a CallError. Not chained: those errors carry the request with its headers."""
    try:
        yield
    except requests.RequestException as error:
        fault = error
    except (HTTPError, OSError, UnicodeError) as error:
        fault = error
    else:
        return
    raise _make_fault(fault, method, wire.is_cut, timeout) from None


def _make_fault(error, method, is_cut, timeout):
    """The error for a call that got no answer."""
    if _is_unsent(error):
        text = "The other system cannot be reached. It may be down, or the address may be wrong."
        if isinstance(error, requests.exceptions.SSLError):
            text = "The other system's certificate is not trusted. Its operator has to renew it, or check the address."
        return CallError(text, ErrorClass.TEMPORARY)
    if isinstance(error, ValueError | requests.exceptions.InvalidHeader) and not isinstance(
        error, requests.JSONDecodeError
    ):
        # InvalidURL, InvalidSchema, MissingSchema, UnicodeError: the request never left
        return CallError("The address is not one that can be called. Correct it.", ErrorClass.PERMANENT)
    if is_cut:
        text = "The other system answered so slowly that the call was ended."
    elif isinstance(error, requests.Timeout | TimeoutError):
        text = f"The other system did not answer within {timeout[1]} seconds."
    else:
        text = "The other system broke the connection off before its answer was complete."
    if method in SAFE_METHODS:
        return CallError(text, ErrorClass.TEMPORARY)
    return CallError(f"{text} It may have done what it was asked to.", ErrorClass.UNKNOWN_OUTCOME)


def _is_unsent(error):
    """Whether the fault came before a byte of the request was sent."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, NewConnectionError | ConnectTimeoutError | ssl.SSLCertVerificationError):
            return True
        reason = getattr(error, "reason", None)
        inner = reason if isinstance(reason, Exception) else None
        error = inner or next((arg for arg in error.args if isinstance(arg, Exception)), None)
    return False


def _make_unreadable(method, body, status):
    is_page = body.lstrip()[:1] == b"<"
    text = (
        "The other system answered with a web page instead of data."
        if is_page
        else ("The other system's answer is cut short or no JSON.")
    )
    if method in SAFE_METHODS:
        return CallError(text, ErrorClass.TEMPORARY, status=status)
    return CallError(f"{text} It may have done what it was asked to.", ErrorClass.UNKNOWN_OUTCOME, status=status)


def _read_body(response, limit):
    """The body (bytes), or None when it is larger than `limit`."""
    body = bytearray()
    for piece in response.iter_content(16 * 1024):
        body += piece
        if len(body) > limit:
            return None
    return bytes(body)


def _read_retry_after(value, now):
    """Seconds to wait, from the two forms that the header has; None without a readable one."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = int(value[:10])
    else:
        try:
            moment = parsedate_to_datetime(value)
        except (TypeError, ValueError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.fromtimestamp(now, UTC)).total_seconds()
    return min(max(seconds, 0), MAX_RETRY_AFTER)


def _find_message(value):
    levels = [value, *(value.values() if isinstance(value, dict) else ())]
    for level in levels:
        if isinstance(level, dict):
            for name in _MESSAGE_NAMES:
                if isinstance(level.get(name), str):
                    return level[name]
    return ""


def _no_auth(request):
    """Without this, requests would look for a login in the server's own .netrc."""
    return request
