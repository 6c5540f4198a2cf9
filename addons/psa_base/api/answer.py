"""What a route gives back, and how it becomes an HTTP answer."""

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import BaseModel
from werkzeug.wrappers import Response

# Browsers must not run what clients have uploaded, nor let it reach anything.
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
    """A file to be saved; `content` is bytes."""

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
    """A read with its `ETag`; without its body where the reader has the same one already."""
    etag = hashlib.sha256(response.get_data()).hexdigest()[:32]
    response.set_etag(etag)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if "If-None-Match" in httprequest.headers and httprequest.if_none_match.contains_weak(etag):
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
        return Response(status=304, headers=kept)
    return response


def _get_disposition(filename):
    """As RFC 6266 has it: a name in ASCII for old programs, the real one for all others."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
