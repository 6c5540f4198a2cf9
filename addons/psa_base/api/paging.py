"""Lists in pages that stay right while records are added: a page begins after a record, and not at a number."""

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from datetime import datetime

from odoo.http import request
from odoo.tools import SQL
from odoo.tools.misc import hmac as keyed_hash

from ..exceptions import FieldError

_SEAL_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Page:
    items: object
    next_cursor: str | None

    def __iter__(self):
        return iter((self.items, self.next_cursor))


def paginate(model, domain, query):
    """The records of one page, and the cursor of the next page or None: `records, next_cursor = paginate(…)`.

    `model` is in the environment of a user who may see the records, `domain` has the filters of the list, and `query`
    is the `ListQuery` that they come from. The newest records come first. With `updated_since`, records are in the
    order of their last change, the oldest first: a record that changes between two pages comes again on a later one.
    """
    by_change = getattr(query, "updated_since", None) is not None
    seal = _Seal(model, query)
    after = seal.open(query.cursor) if query.cursor else None
    search = model._search(domain)
    table = SQL.identifier(model._table)
    changed, number = SQL("%s.write_date", table), SQL("%s.id", table)
    if by_change:
        search.add_where(SQL("%s >= %s", changed, query.updated_since.replace(tzinfo=None)))
        search.order = SQL("%s, %s", changed, number)
        if after:
            search.add_where(SQL("(%s, %s) > (%s, %s)", changed, number, datetime.fromisoformat(after[0]), after[1]))
    else:
        search.order = SQL("%s DESC", number)
        if after:
            search.add_where(SQL("%s < %s", number, after[1]))
    # One row more than asked for shows whether there is a next page.
    search.limit = query.limit + 1
    rows = model.env.execute_query(search.select(number, changed))
    page = rows[: query.limit]
    next_cursor = None
    if len(rows) > len(page):
        last_id, last_change = page[-1]
        next_cursor = seal.close([last_change.isoformat() if by_change else None, last_id])
    return Page(model.browse(row[0] for row in page), next_cursor)


class _Seal:
    """Makes signed cursors. Each is valid for one list with its filters and for one user."""

    def __init__(self, model, query):
        # sudo: the signing key is a system parameter of the database, which the caller may not read.
        self._env = model.sudo().env
        filters = query.model_dump_json(exclude={"limit", "cursor"})
        # The comments of two tickets, for example, are two lists.
        path = request.httprequest.path if request else ""
        self._scope = [model._name, model.env.uid, type(query).__name__, filters, path]

    def close(self, position):
        text = json.dumps(position)
        return base64.urlsafe_b64encode(f"{self._sign(text)}{text}".encode()).rstrip(b"=").decode()

    def open(self, cursor):
        try:
            text = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), b"-_", validate=True).decode()
        except (binascii.Error, UnicodeError):
            text = ""
        seal, text = text[:_SEAL_LENGTH], text[_SEAL_LENGTH:]
        if not hmac.compare_digest(seal.encode(), self._sign(text).encode()):
            raise FieldError("cursor", "cursor", "This cursor does not belong to this list with these filters.")
        return json.loads(text)

    def _sign(self, text):
        return keyed_hash(self._env, "psa.api.cursor", json.dumps([*self._scope, text]))[:_SEAL_LENGTH]
