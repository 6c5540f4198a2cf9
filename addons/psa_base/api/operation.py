"""The operations of the API as data. The OpenAPI document is made from them, and tests go through all of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from pydantic import BaseModel

ROOT = "/psa/api/v1"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """The file that a route takes, in the field `file` of a multipart body."""

    max_bytes: int = 10 * MIB


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when a route should no longer be used, when it ends, and where people read what to use instead."""

    since: date
    sunset: date
    link: str

    def get_headers(self):
        """The headers of RFC 9745 and RFC 8594."""
        return {
            "Deprecation": f"@{int(_get_midnight(self.since).timestamp())}",
            "Sunset": format_datetime(_get_midnight(self.sunset), usegmt=True),
            "Link": f'<{self.link}>; rel="deprecation"',
        }


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `scope` is None if no key is needed; `answer` is a schema or a media type."""

    path: str
    method: str
    scope: str | None
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    upload: Upload | None
    answer: type[BaseModel] | str | None
    status: int
    summary: str
    description: str
    tag: str
    deprecated: Deprecation | None
    errors: tuple[int, ...]
    body_limit: int
    name: str
    module: str

    @property
    def is_read(self):
        return self.method == "GET"

    @property
    def answer_media_type(self):
        return self.answer if isinstance(self.answer, str) else "application/json"


_OPERATIONS = {}


def register(operation):
    _OPERATIONS[operation.path, operation.method] = operation
    return operation


def get_fixed_methods(path):
    """The methods of a path that a route writes out, such as `/tickets/batch`; empty for any other path."""
    return sorted(method for known, method in _OPERATIONS if known == path and "<" not in known)


def has_addresses_beside(path):
    """Whether a path ends with a name and has written-out paths beside it, such as `batch` beside ticket numbers."""
    parent, _slash, last = path.rpartition("/")
    return "<" in last and any(known.rpartition("/")[0] == parent for known, _method in _OPERATIONS if "<" not in known)


def get_operations(registry):
    """The operations of the addons that this database has, in a stable order."""
    return [operation for _key, operation in sorted(_OPERATIONS.items()) if operation.module in registry._init_modules]


def _get_midnight(day):
    return datetime.combine(day, time(), UTC)
