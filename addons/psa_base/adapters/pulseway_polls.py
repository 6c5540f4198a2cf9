"""What is fetched from Pulseway's REST API v3: OData lists in an envelope, a hundred rows a page."""

from ..exceptions import CallError, ErrorClass, PayloadError
from .facts import Organization, Page
from .reading import read_id, read_moment, read_text

PAGE_SIZE = 100
# Each new notification needs a call of its own, so a page takes about half a minute.
NOTIFICATION_PAGE_SIZE = 25
# So many pages of devices are read ahead of the assets. Devices that are not found there are fetched one by one.
LOOK_AHEAD = 3

# The fields that `parse` reads. The rest (installed software, disks, …) is not stored.
_ASSET_FIELDS = ("Identifier", "Name", "GroupName", "Description", "LastSeenOnline")
_DEVICE_FIELDS = ("Identifier", "Name", "GroupName", "OrganizationId", "OrganizationName", "InMaintenance")


def read_envelope(answer):
    """The `Data` of an answer; raises CallError for an error that `Meta` tells of."""
    body = answer.json
    if not isinstance(body, dict) or "Data" not in body:
        raise CallError("Pulseway answered, but not in the shape of its API. Check the address.", ErrorClass.TEMPORARY)
    meta = body.get("Meta") if isinstance(body.get("Meta"), dict) else {}
    code = meta.get("ResponseCode", answer.status)
    if isinstance(code, int) and code >= 400:
        text = meta.get("ErrorMessage") or "no reason given"
        raise CallError(f"Pulseway answered {code}: {text}", _get_error_class(code), status=code)
    return body["Data"]


def fetch_list(client, path, skip, params=None, size=PAGE_SIZE):
    """A page of a list: (rows, where the next page starts or None, total or None)."""
    answer = client.request("GET", path, params={"$top": size, "$skip": skip, **(params or {})})
    rows = read_envelope(answer)
    if not isinstance(rows, list):
        raise CallError(f"Pulseway's {path} are not a list. Check the address.", ErrorClass.TEMPORARY)
    total = (answer.json.get("Meta") or {}).get("TotalCount")
    total = total if isinstance(total, int) else None
    has_more = len(rows) == size if total is None else skip + len(rows) < total
    rows = [row for row in rows if isinstance(row, dict)]
    return rows, skip + len(rows) if has_more and rows else None, total


def fetch_organizations(client, cursor):
    rows, skip, total = fetch_list(client, "organizations", _get_skip(cursor), {"$orderby": "Id"})
    organizations = []
    for row in rows:
        try:
            organizations.append(Organization(read_id(row, "Id"), read_text(row, "Name")))
        except PayloadError:
            continue  # An organization without an ID or a name cannot be linked to a client.
    return Page(organizations, _make_cursor(skip), total)


def fetch_devices(client, cursor):
    """A page of devices, put together by identifier from two lists of the vendor.

    `assets` has serial number and operating system, `devices` has the organization. Both are read in the same order.
    Devices that were read before their asset are kept in the cursor, so that a run goes on after a crash where it was.
    """
    walk = {"assets": 0, "devices": 0, "ahead": {}, **(cursor or {})}
    if walk["assets"] is None:
        return _fetch_devices_without_asset(client, walk)
    assets, walk["assets"], total = fetch_list(client, "assets", walk["assets"], {"$orderby": "Identifier"})
    identifiers = [_get_identifier(asset) for asset in assets]
    _read_ahead(client, walk, set(identifiers))
    passed = _list_passed(walk["ahead"], set(identifiers))
    rows = [
        _join(asset, _take_device(client, walk, identifier))
        for asset, identifier in zip(assets, identifiers, strict=True)
    ]
    rows += [walk["ahead"].pop(identifier) for identifier in passed]
    if walk["assets"] is None:
        rows += walk["ahead"].values()
        walk["ahead"] = {}
    is_last = walk["assets"] is None and walk["devices"] is None
    return Page(rows, None if is_last else walk, total)


def fetch_notifications(client, cursor, since, get_key, find_known):
    """A page of notifications since `since`, the newest first. The list lacks the device, so details are fetched."""
    order = {"$orderby": "DateTime desc"}
    rows, skip, _total = fetch_list(client, "notifications", _get_skip(cursor), order, NOTIFICATION_PAGE_SIZE)
    moments = [_read_moment_or_none(row) for row in rows]
    recent = [row for row, moment in zip(rows, moments, strict=True) if moment is None or moment >= since]
    known = find_known([get_key(row) for row in recent])
    found = [_fetch_notification(client, row) for row in recent if get_key(row) not in known]
    # Only when the list is in the order that was asked for, the pages behind it are older.
    is_ordered = None not in moments and moments == sorted(moments, reverse=True)
    cursor = None if is_ordered and not recent else _make_cursor(skip)
    return Page([row for row in found if row], cursor)


def _fetch_notification(client, row):
    if "ComputerIdentifier" in row or "DeviceIdentifier" in row:
        return row
    detail = _fetch_one(client, "notifications", str(row.get("Id", "")))
    return detail and {**row, **detail}


def _fetch_devices_without_asset(client, walk):
    rows, walk["devices"], total = fetch_list(client, "devices", walk["devices"], {"$orderby": "Identifier"})
    return Page([_keep(row, _DEVICE_FIELDS) for row in rows], walk if walk["devices"] is not None else None, total)


def _read_ahead(client, walk, wanted):
    for _page in range(LOOK_AHEAD):
        if walk["devices"] is None or wanted <= walk["ahead"].keys():
            return
        rows, walk["devices"], _total = fetch_list(client, "devices", walk["devices"], {"$orderby": "Identifier"})
        walk["ahead"].update({_get_identifier(row): _keep(row, _DEVICE_FIELDS) for row in rows})


def _list_passed(ahead, wanted):
    """Devices without an asset: a later device has met its asset already, so theirs will not come."""
    identifiers = list(ahead)
    last = max((index for index, identifier in enumerate(identifiers) if identifier in wanted), default=-1)
    return [identifier for identifier in identifiers[:last] if identifier not in wanted]


def _take_device(client, walk, identifier):
    if identifier in walk["ahead"]:
        return walk["ahead"].pop(identifier)
    detail = _fetch_one(client, "devices", identifier)
    return _keep(detail, _DEVICE_FIELDS) if detail else {}


def _fetch_one(client, path, identifier):
    """One row; None when it is gone."""
    if not identifier.replace("-", "").isalnum():
        return None
    try:
        row = read_envelope(client.request("GET", f"{path}/{identifier}"))
    except CallError as error:
        if error.status == 404:
            return None
        raise
    return row if isinstance(row, dict) else None


def _join(asset, device):
    bios = [
        category
        for category in (asset.get("AssetInfo") or ())
        if isinstance(category, dict) and category.get("CategoryName") == "BIOS"
    ]
    return {**device, **_keep(asset, _ASSET_FIELDS), "AssetInfo": bios}


def _get_identifier(row):
    identifier = row.get("Identifier")
    return identifier if isinstance(identifier, str) else ""


def _keep(row, names):
    return {name: row[name] for name in names if row.get(name) is not None}


def _read_moment_or_none(row):
    try:
        return read_moment(row, "DateTime")
    except PayloadError:
        return None


def _get_skip(cursor):
    return cursor["skip"] if cursor else 0


def _make_cursor(skip):
    return None if skip is None else {"skip": skip}


def _get_error_class(code):
    if code == 429:
        return ErrorClass.RATE_LIMITED
    return ErrorClass.TEMPORARY if code >= 500 else ErrorClass.PERMANENT
