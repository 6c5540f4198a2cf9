"""Parts of the OpenAPI document that the operations share: descriptions, parameters, headers, problems."""

SECURITY = "key"
SECURITY_SCHEMES = {
    SECURITY: {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of your company, as in `Authorization: Bearer psa_…`.",
    }
}

DESCRIPTION = """\
**Keys.** Your administrator makes keys in the portal under *API keys*, or we make one for you. A key belongs to one
company, sees what is that company's and nothing else, and may do what its scopes say. Send it as
`Authorization: Bearer <key>`.

**Errors** are `application/problem+json` (RFC 9457), always. `request_id` names the request for our support; where
fields or parameters are wrong, `errors` names each.

**The same request twice.** Send an `Idempotency-Key` with every POST: for 24 hours the same request gets the first
answer once more, marked `Idempotency-Replayed: true`, and has no second effect.

**Lists** come in pages: `next_cursor` of one page is `cursor` of the next, with the same filters; it is `null` on the
last one. Walk a list with `updated_since` to keep a copy of it: what changes meanwhile comes again. It goes by
`updated_at`, which is of the record itself; a comment or a file on a ticket changes it, too. Times and states of `sla`
and names of stages and assets change without it, so read those when you need them.

**Reads** have an `ETag`. Sent back in `If-None-Match`, it saves the body: the answer is 304 while nothing has changed.
`HEAD` works wherever `GET` does.

**Rate.** `RateLimit` says how many requests are left (`r`) and for how many seconds (`t`). Over the rate the answer is
429, with `Retry-After`.

**What may change.** Within version 1 we add: addresses, optional parameters and fields, fields in answers, events. Pass
over fields that you do not know. An address that will go says so months before, by `Deprecation` and `Sunset`.
"""


def refer(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


# Descriptions of the parts of a path by their name; every other part is an id.
PATH_WORDS = {"number": "Number of the ticket, such as HT00042."}

PARAMETERS = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Made by you, one for each thing that is to happen, such as `order-4711`. The same request "
        "with it happens once.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of what you have. While there is nothing newer, the answer is 304 without a body.",
        "schema": {"type": "string"},
    },
    "X-Request-Id": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "Your name for the request, to find it again in answers and logs: up to 128 visible ASCII "
        "characters. Else we make one.",
        "schema": {"type": "string"},
    },
}


def _header(description, example=None, *, required=False, schema=None):
    header = {"description": description, "schema": schema or {"type": "string"}}
    if required:
        header["required"] = True
    if example is not None:
        header["example"] = example
    return header


HEADERS = {
    "Allow": _header("The methods that the address takes.", "OPTIONS, POST", required=True),
    "Content-Disposition": _header(
        "The file's name.", "attachment; filename=\"report.pdf\"; filename*=UTF-8''report.pdf", required=True
    ),
    "Deprecation": _header("Since when it should be used no longer (RFC 9745).", "@1798675200"),
    "ETag": _header("Names this state of what was asked for.", '"33a64df551425fcc55e4d42a148795d9"', required=True),
    "Idempotency-Replayed": _header(
        "The answer is the one from the first time.", schema={"type": "string", "enum": ["true"]}
    ),
    "Link": _header("Where it says what to use instead.", '<https://example.com/changes>; rel="deprecation"'),
    "Location": _header("The address of what was made, if it has one.", "/psa/api/v1/tickets/HT00042"),
    "RateLimit": _header("Requests that are left, and seconds until there are more.", '"minute";r=118;t=42'),
    "RateLimit-Policy": _header("Requests that the key has in a window, in seconds.", '"minute";q=120;w=60'),
    "Retry-After": _header("Seconds after which to try again.", 42, required=True, schema={"type": "integer"}),
    "Sunset": _header("From when on it is gone (RFC 8594).", "Thu, 31 Dec 2026 00:00:00 GMT"),
    "WWW-Authenticate": _header("What is asked for.", "Bearer", required=True),
    "X-Request-Id": _header(
        "The name of the request: yours, or one that we made.", "0f6f9f0e-6d0c-4a4e-9b39-5d4c2a1b7c11", required=True
    ),
}


def _problem(status, title, detail, description, *, kind=None, errors=None, headers=()):
    example = {
        "type": f"urn:psa:problem:{kind}" if kind else "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": "/psa/api/v1/tickets",
        "request_id": "0f6f9f0e-6d0c-4a4e-9b39-5d4c2a1b7c11",
    }
    example["errors"] = errors or []
    return {"description": description, "example": example, "headers": headers}


_RATE = ("RateLimit", "RateLimit-Policy")

# Status -> (name of the answer in the document, its parts).
ERRORS = {
    400: (
        "BadRequest",
        _problem(
            400,
            "Bad Request",
            "The body must be one JSON object: nested too deeply.",
            "The body is not one JSON object, or a header is not as it should be.",
        ),
    ),
    401: (
        "Unauthorized",
        _problem(
            401,
            "Unauthorized",
            "A valid API key is needed: send Authorization: Bearer <key>.",
            "There is no key, or it is wrong, expired or revoked.",
            headers=("WWW-Authenticate",),
        ),
    ),
    403: (
        "Forbidden",
        _problem(
            403,
            "Forbidden",
            "This key lacks the scope tickets:write.",
            "The key may not do this, or not from this network.",
            kind="scope",
            headers=_RATE,
        ),
    ),
    404: (
        "NotFound",
        _problem(404, "Not Found", "There is no such ticket.", "It is not there, or not yours.", headers=_RATE),
    ),
    405: (
        "MethodNotAllowed",
        _problem(
            405,
            "Method Not Allowed",
            "This address takes OPTIONS, POST only.",
            "This is another address, such as `/tickets/batch`, and takes other methods.",
            headers=("Allow",),
        ),
    ),
    406: (
        "NotAcceptable",
        _problem(
            406,
            "Not Acceptable",
            "The answer is application/json: ask for it in Accept, or leave Accept out.",
            "`Accept` admits no media type that this answer has.",
        ),
    ),
    409: (
        "Conflict",
        _problem(
            409,
            "Conflict",
            "The first request with this Idempotency-Key is still running.",
            "It cannot be done as things are, or the first request with this `Idempotency-Key` is still running.",
            kind="idempotency-running",
            headers=_RATE,
        ),
    ),
    413: (
        "ContentTooLarge",
        _problem(413, "Request Entity Too Large", "The body is larger than 256 KiB.", "The body is too large."),
    ),
    415: (
        "UnsupportedMediaType",
        _problem(
            415,
            "Unsupported Media Type",
            "The body must be JSON: send Content-Type: application/json.",
            "The body is of a media type that is not taken here.",
        ),
    ),
    422: (
        "UnprocessableContent",
        _problem(
            422,
            "Unprocessable Entity",
            "Some fields are not as they should be.",
            "Fields or parameters are missing, unknown or wrong, or the `Idempotency-Key` is that of another request.",
            kind="validation",
            errors=[{"field": "subject", "code": "missing", "message": "Field required"}],
        ),
    ),
    429: (
        "TooManyRequests",
        _problem(
            429,
            "Too Many Requests",
            "Too many requests: try again in 42 s.",
            "The key is over its rate.",
            headers=("Retry-After", *_RATE),
        ),
    ),
    503: (
        "ServiceUnavailable",
        _problem(
            503,
            "Service Unavailable",
            "The document cannot be made at the moment: try again in 3 s.",
            "It cannot be done at the moment.",
            kind="document-not-ready",
            headers=("Retry-After",),
        ),
    ),
}


def _webhook_header(name, description, example):
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


# https://www.standardwebhooks.com/
WEBHOOK_HEADERS = [
    _webhook_header("webhook-id", "Names the message; the same in every try.", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"),
    _webhook_header("webhook-timestamp", "Seconds since 1970; refuse what is older than five minutes.", "1798675200"),
    _webhook_header(
        "webhook-signature",
        "One or more of `v1,<signature>`, with a space between. A signature is the Base64 of the HMAC-SHA256 over "
        "`<id>.<timestamp>.<body>`.",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
]
