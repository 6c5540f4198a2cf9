"""`Idempotency-Key`: the same request again gets the same answer and has no second effect."""

import hashlib
import re

from werkzeug.wrappers import Response

from .errors import Problem

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,255}")


def run_once(env, client_id, httprequest, content, action):
    """The response of `action`, or the one that was kept when the same request came first.

    Two requests are the same when method, path and `content` are. A problem that is raised in `action` rolls back the
    transaction together with the claim of the key, so that a refused request may be corrected and sent again.
    """
    key = httprequest.headers.get(HEADER)
    if key is None:
        return action()
    if not _KEY.fullmatch(key):
        raise Problem(400, f"{HEADER} must be 1 to 255 visible ASCII characters.")
    request_hash = hashlib.sha256(f"{httprequest.method} {httprequest.path}\n".encode() + content).hexdigest()
    answers = env["psa.api.idempotency"]
    is_claimed, kept = answers._claim(client_id, key, request_hash)
    if kept:
        return _repeat(kept, request_hash)
    if not is_claimed:
        raise Problem(
            409,
            f"The first request with this {HEADER} is still running.",
            kind="idempotency-running",
            headers={"Retry-After": "1"},
        )
    response = action()
    answers._keep_answer(
        client_id, key, response.status_code, response.get_data(as_text=True), response.headers.get("Location")
    )
    return response


def _repeat(kept, request_hash):
    first_hash, status, body, location = kept
    if first_hash != request_hash:
        raise Problem(422, f"This {HEADER} belongs to another request.", kind="idempotency-mismatch")
    headers = {"Idempotency-Replayed": "true"}
    if location:
        headers["Location"] = location
    return Response(body, status, headers, content_type="application/json")
