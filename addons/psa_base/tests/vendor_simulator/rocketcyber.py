"""RocketCyber's Customer API v3: read only."""

import threading
import time
from datetime import UTC, datetime
from itertools import count

from .answers import Answer

MAX_PAGE = 1000


class RocketCyber:
    """What one provider's account knows."""

    def __init__(self):
        self.tokens = ["sim-rocketcyber-token"]
        self.incidents = []
        self.clock_skew = 0
        self.answers_other_ids = False
        self._lock = threading.RLock()
        self._ids = count(7001234)

    def add_incident(self, title, account_id=51877, account_name="Northwind Dental", **values):
        with self._lock:
            now = self._now()
            row = {
                "id": next(self._ids),
                "title": title,
                "description": "Seen on FRONTDESK-02",
                "remediation": "Isolate host",
                "status": "open",
                "accountId": account_id,
                "accountName": account_name,
                "accountPath": f"/provider/{account_id}/",
                "eventCount": 1,
                "createdAt": now,
                "publishedAt": now,
                "updatedAt": now,
                "resolvedAt": None,
                **values,
            }
            self.incidents.append(row)
            return row

    def resolve(self, incident_id, at=None):
        with self._lock:
            incident = next(row for row in self.incidents if row["id"] == incident_id)
            moment = at or self._now()
            incident.update(status="resolved", resolvedAt=moment, updatedAt=moment)
            return incident

    def handle(self, request, path):
        if request.headers.get("authorization") not in [f"Bearer {token}" for token in self.tokens]:
            return Answer(401, {"error": "Unauthorized"})
        if request.method != "GET":
            return Answer(405, {"error": "Method Not Allowed"})
        with self._lock:
            match path.strip("/"):
                case "incidents":
                    return self._list(request.query)
                case "account":
                    accounts = {row["accountId"]: row["accountName"] for row in self.incidents}
                    return Answer(200, {"accountId": 1, "accountName": "Provider", "customers": list(accounts)})
        return Answer(404, {"error": "Not Found"})

    def _list(self, query):
        rows = self.incidents
        for name in ("id", "accountId", "title"):
            if name in query and not (name == "id" and self.answers_other_ids):
                rows = [row for row in rows if str(row[name]) == query[name]]
        if status := query.get("status"):
            rows = [row for row in rows if row["status"] in status.split("|")]
        for name in ("createdAt", "resolvedAt"):
            if name in query:
                rows = _within(rows, name, query[name])
        if sort := query.get("sort"):
            name, _colon, direction = sort.partition(":")
            rows = sorted(rows, key=lambda row: str(row.get(name) or ""), reverse=direction == "desc")
        try:
            page, size = int(query.get("page", 1)), int(query.get("pageSize", 20))
        except ValueError:
            return Answer(400, {"error": "page and pageSize must be numbers"})
        size = max(1, min(size, MAX_PAGE))
        found = rows[(page - 1) * size : page * size]
        pages = max(1, -(-len(rows) // size))
        return Answer(200, {"totalCount": len(rows), "currentPage": page, "totalPages": pages, "data": found})

    def _now(self):
        return datetime.fromtimestamp(time.time() + self.clock_skew, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _within(rows, name, value):
    start, _bar, end = value.partition("|")
    return [row for row in rows if row[name] and (not start or row[name] >= start) and (not end or row[name] <= end)]
