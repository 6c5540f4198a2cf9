"""What a route returns, and how it becomes an HTTP response."""

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import BaseModel
from werkzeug.wrappers import Response

# Browsers must not run files that clients have uploaded, nor let them load anything.
_FILE_POLICY = "sandbox; default-src 'none'"


@dataclass(frozen=True, slots=True)
class Answer:
    body: BaseModel
    status: int = 200
    location: str | None = None

    def make_response(self):
        headers = {"Location": self.location} if self.location else {}
        return Response(self.body.model_dump_json(), self.status, headers, content_type="application/json")


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """A file to download; `content` is bytes."""

    content: bytes
    media_type: str
    filename: str

    def make_response(self):
        headers = {
            "Content-Disposition": _get_disposition(self.filename),
            "Content-Security-Policy": _FILE_POLICY,
        }
        return Response(self.content, 200, headers, content_type=self.media_type)


def make_conditional(response, httprequest):
    """The response to a read with its `ETag`, or a 304 without a body if the caller has the same content already."""
    etag = hashlib.sha256(response.get_data()).hexdigest()[:32]
    response.set_etag(etag)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if "If-None-Match" in httprequest.headers and httprequest.if_none_match.contains_weak(etag):
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
        return Response(status=304, headers=kept)
    return response


def _get_disposition(filename):
    """The header of RFC 6266: a name in ASCII for old programs, and the real name for all others."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
