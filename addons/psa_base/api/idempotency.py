"""`Idempotency-Key`: the same request again gets the same answer and has no second effect."""

import hashlib
import re

from werkzeug.wrappers import Response

from .errors import Problem

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,255}")


def run_once(api_key, httprequest, raw, action):
    """The response of `action`, or the one kept from the first time.

    Problems are raised through here and undo the transaction with the claim in it, so that a
    request that was refused may be corrected and sent again.
    """
    key = httprequest.headers.get(HEADER)
    if key is None:
        return action()
    if not _KEY.fullmatch(key):
        raise Problem(400, f"{HEADER} must be 1 to 255 visible ASCII characters.")
    request_hash = hashlib.sha256(f"{httprequest.method} {httprequest.path}\n".encode() + raw).hexdigest()
    # sudo: kept answers are open to no user, and are looked up by client and key alone.
    kept, is_own = api_key.env["psa.api.idempotency"].sudo()._claim(api_key.partner_id, key, request_hash)
    if not kept:
        raise Problem(409, f"The first request with this {HEADER} is still running.", kind="idempotency-running")
    if is_own:
        response = action()
        kept.write(
            {
                "status": response.status_code,
                "body": response.get_data(as_text=True),
                "location": response.headers.get("Location"),
            }
        )
        return response
    if kept.request_hash != request_hash:
        raise Problem(422, f"This {HEADER} belongs to another request.", kind="idempotency-mismatch")
    headers = {"Idempotency-Replayed": "true"}
    if kept.location:
        headers["Location"] = kept.location
    return Response(kept.body, kept.status, headers, content_type="application/json")
