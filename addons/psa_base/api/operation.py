"""What the API takes and gives, as data: the document is made from it, and tests walk over it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from pydantic import BaseModel

ROOT = "/psa/api/v1"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a route takes, as the field `file` of a multipart body."""

    max_bytes: int = 10 * MIB


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when a route should not be used, from when on it is gone, and where it says what to use."""

    since: date
    sunset: date
    link: str

    def get_headers(self):
        """As RFC 9745 and RFC 8594 have them."""
        return {
            "Deprecation": f"@{int(_get_midnight(self.since).timestamp())}",
            "Sunset": format_datetime(_get_midnight(self.sunset), usegmt=True),
            "Link": f'<{self.link}>; rel="deprecation"',
        }


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `scope` is None where no key is asked for; `answer` a schema or a media type."""

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
    """What an address takes that is written out in a route, as `/tickets/batch` is; empty for any other."""
    return sorted(method for known, method in _OPERATIONS if known == path and "<" not in known)


def has_addresses_beside(path):
    """Whether what the last part of a path names may be another address, as `batch` beside the numbers of tickets."""
    parent, _slash, last = path.rpartition("/")
    return "<" in last and any(known.rpartition("/")[0] == parent for known, _method in _OPERATIONS if "<" not in known)


def get_operations(registry):
    """Those of the addons that this database has, in a stable order."""
    return [operation for _key, operation in sorted(_OPERATIONS.items()) if operation.module in registry._init_modules]


def _get_midnight(day):
    return datetime.combine(day, time(), UTC)
