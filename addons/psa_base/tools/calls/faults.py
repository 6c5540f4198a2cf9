"""The faults of calls as `CallError`: with a sentence for people, and a class that says what may be done next."""

import ssl
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from ...exceptions import CallError, ErrorClass

MAX_RETRY_AFTER = 24 * 60 * 60  # seconds

# Methods that change nothing: their requests can always be sent again.
SAFE_METHODS = frozenset({"GET", "HEAD"})

# The names under which vendors write about an error, at the top of their JSON or one level below.
_MESSAGE_NAMES = ("ErrorMessage", "detail", "message", "error_description", "title", "error")


@contextmanager
def fault_as_call_error(method, wire, timeout):
    """Turn what requests raises into a CallError. It is not chained, because those errors hold the headers sent."""
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
    """The CallError for a call without a complete answer."""
    if _is_unsent(error):
        text = "The other system cannot be reached. It may be down, or the address may be wrong."
        if isinstance(error, requests.exceptions.SSLError):
            text = "The other system's certificate is not trusted. Its operator has to renew it, or check the address."
        return CallError(text, ErrorClass.TEMPORARY)
    if isinstance(error, ValueError | requests.exceptions.InvalidHeader) and not isinstance(
        error, requests.JSONDecodeError
    ):
        # InvalidURL, InvalidSchema, MissingSchema, UnicodeError: the request was never sent.
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
    """Whether the fault happened before any of the request was sent."""
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
    """The CallError for an answer that is not 2xx. `said` is what the other system says about it."""
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
    """The seconds to wait, from either form of the Retry-After header; None when it cannot be read."""
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
    """The words about the error in the JSON of an answer; empty when there are none."""
    levels = [value, *(value.values() if isinstance(value, dict) else ())]
    for level in levels:
        if isinstance(level, dict):
            for name in _MESSAGE_NAMES:
                if isinstance(level.get(name), str):
                    return level[name]
    return ""
