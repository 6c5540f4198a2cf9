"""The Standard Webhooks signature scheme (https://www.standardwebhooks.com), symmetric part.

The signature is an HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<raw body>`. The header has one or several
signatures, separated by spaces, so that a secret can be replaced without a gap.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix, not a secret
SECRET_BYTES = 32

_VERSION = "v1"
_MAX_SIGNATURES = 10
_MESSAGE_ID = re.compile(r"[!-~]{1,255}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def generate_secret():
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret, message_id, timestamp, body):
    """The signature of `body` (bytes), as it stands in the header."""
    return f"{_VERSION},{base64.b64encode(_digest(secret, message_id, timestamp, body)).decode()}"


def make_headers(secret_list, message_id, timestamp, body):
    """The headers of a message. It is signed with each of the secrets, and the receiver needs only one of them."""
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: " ".join(sign(secret, message_id, timestamp, body) for secret in secret_list),
    }


def is_genuine(headers, body, secret_list, now, tolerance):
    """Whether one of the secrets signed this body, at most `tolerance` seconds before or after `now`.

    The answer tells no cause, so that callers cannot tell it to the sender.
    """
    message_id = headers.get(ID_HEADER, "")
    timestamp = headers.get(TIMESTAMP_HEADER, "")
    if not (_MESSAGE_ID.fullmatch(message_id) and _TIMESTAMP.fullmatch(timestamp)):
        return False
    if abs(now - int(timestamp)) > tolerance:
        return False
    offered = list(_read_signatures(headers.get(SIGNATURE_HEADER, "")))
    genuine = False
    for secret in secret_list:
        expected = _digest(secret, message_id, timestamp, body)
        for signature in offered:
            genuine |= hmac.compare_digest(expected, signature)
    return genuine


def _read_signatures(header):
    for part in header.split(" ")[:_MAX_SIGNATURES]:
        version, _comma, encoded = part.partition(",")
        if version != _VERSION:
            continue
        try:
            yield base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            continue


def _digest(secret, message_id, timestamp, body):
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
