"""What can go wrong with a call, as a `CallError` with a sentence for people and a class for what may be done next."""

import ssl
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from ...exceptions import CallError, ErrorClass

MAX_RETRY_AFTER = 24 * 60 * 60  # seconds

# Requests that change nothing, so that sending one again is always safe.
SAFE_METHODS = frozenset({"GET", "HEAD"})

# Where vendors put what they say about an error, at the top or one level below.
_MESSAGE_NAMES = ("ErrorMessage", "detail", "message", "error_description", "title", "error")


@contextmanager
def fault_as_call_error(method, wire, timeout):
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


def make_refusal(method, status, said, retry_after):
    """The error for an answer that is not 2xx, with what the other side says about it."""
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


def make_unreadable(method, body, status):
    is_page = body.lstrip()[:1] == b"<"
    text = (
        "The other system answered with a web page instead of data."
        if is_page
        else ("The other system's answer is cut short or no JSON.")
    )
    if method in SAFE_METHODS:
        return CallError(text, ErrorClass.TEMPORARY, status=status)
    return CallError(f"{text} It may have done what it was asked to.", ErrorClass.UNKNOWN_OUTCOME, status=status)


def read_retry_after(value, now):
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


def find_message(value):
    """What the JSON of an error says in words; empty when it says nothing."""
    levels = [value, *(value.values() if isinstance(value, dict) else ())]
    for level in levels:
        if isinstance(level, dict):
            for name in _MESSAGE_NAMES:
                if isinstance(level.get(name), str):
                    return level[name]
    return ""
