"""What comes of a device that a monitoring system tells of: an asset, made or brought up to date.

Everything here runs as the integration user, under its access rights, and can be done twice without a second
effect. What only a person can settle is a dead letter that says how.
"""

from dataclasses import dataclass, field

from ...exceptions import DeadLetter
from ...tools.origin import Origin
from ..hub.client_lookup import find_clients
from . import device_match
from .device_match import Stranger
from .device_news import Reader, get_audit_at, get_values, load_known, note_heard, write_news


@dataclass(slots=True)
class Upsert:
    """What came of many devices.

    `updated` have news, `repaired` had values here that had gone another way, `conflicts` counts values that
    wait for a person. `letters` are (device, dead letter); `asset_ids` is by identifier.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repaired: int = 0
    conflicts: int = 0
    letters: list = field(default_factory=list)
    asset_ids: dict = field(default_factory=dict)


def upsert_devices(connection, devices, seen_at, *, is_scheduled=True):
    """Make or update the assets of devices that were told at `seen_at`; meant for a thousand at a time.

    The number of queries does not grow with the devices, but for those that people follow in the chatter:
    new assets and changes of name or serial number.
    """
    connection = as_hub(connection)
    source = get_source(connection)
    devices = {device.identifier: device for device in devices}
    result = Upsert()
    clients = find_clients(connection, {(device.group, device.organization_id) for device in devices.values()})
    knowns = load_known(connection, source, devices)
    told, strangers = [], []
    for identifier, device in devices.items():
        client, known = clients[device.group, device.organization_id], knowns.get(identifier)
        if isinstance(client, DeadLetter):
            result.letters.append((device, client))
        elif not known:
            strangers.append(Stranger(device, client))
        elif known.partner_id != client.id:
            result.letters.append((device, _explain_device_move(connection, device, known, client)))
        else:
            told.append((device, known))
    note_heard(connection, result.letters, knowns, seen_at)
    _settle(connection, source, told, seen_at, result, is_scheduled)
    _take_in(connection, source, strangers, seen_at, result, is_scheduled)
    return result


def register_device(connection, device, seen_at):
    """The asset of one device, or the dead letter as an error."""
    result = upsert_devices(connection, [device], seen_at, is_scheduled=False)
    for _device, letter in result.letters:
        raise letter
    return connection.env["psa.asset"].browse(result.asset_ids[device.identifier])


def find_unchanged(connection, told):
    """Which devices of `told`, (key, device, when it was told), change nothing: by key, the ID of their asset.

    A constant number of queries, in which it is noted that they were heard of. What follows on news of the
    same asset is not among them, so that it is worked after that.
    """
    connection = as_hub(connection)
    source = get_source(connection)
    clients = find_clients(connection, {(device.group, device.organization_id) for _key, device, _at in told})
    knowns = load_known(connection, source, {device.identifier for _key, device, _at in told})
    reader = Reader(connection, knowns.values(), is_scheduled=False)
    unchanged, all_news, waiting = {}, {}, set()
    for key, device, told_at in told:
        known = knowns.get(device.identifier)
        if not known or known.asset_id in waiting:
            continue
        news = reader.find_news(device, known, told_at)
        client = clients[device.group, device.organization_id]
        if not news.is_nothing or isinstance(client, DeadLetter) or client.id != known.partner_id:
            waiting.add(known.asset_id)
            continue
        unchanged[key] = known.asset_id
        before = all_news.get(known.identity_id)
        if not before or before.told_at <= told_at:
            all_news[known.identity_id] = news
    write_news(connection, source, list(all_news.values()))
    return unchanged


def find_asset_by_identifier(connection, identifier):
    """The asset that has or had this identifier, archived ones too."""
    found = connection.env["psa.asset.identity"]._find_assets(
        connection.company_id, [identifier], get_source(connection)
    )
    return found.get(identifier, connection.env["psa.asset"])


def explain_move(name, owner, client, **facts):
    """The dead letter of what a device tells that is one client's there and another one's here."""
    env = client.env
    return DeadLetter(
        env._(
            "%(device)s is %(owner)s's asset here, but reports under the group of %(client)s. Move the "
            "asset to its new client, or the device to its group, then replay.",
            device=name,
            owner=owner.display_name,
            client=client.display_name,
        ),
        mend="move_asset",
        partner_id=client.id,
        **facts,
    )


def get_source(connection):
    """Whose identifiers the connection uses."""
    return connection._get_adapter().identity_source


def make_assets(connection, devices, seen_at):
    """New assets for devices, [(device, client)], in one go; their identities are the caller's to give."""
    return (
        connection.env["psa.asset"]
        .with_context(mail_create_nosubscribe=True)
        .create(
            [
                {
                    **get_values(device),
                    "is_in_maintenance": bool(device.in_maintenance),
                    "partner_id": client.id,
                    "company_id": connection.company_id.id,
                    "last_audit": get_audit_at(device, seen_at),
                }
                for device, client in devices
            ]
        )
    )


def as_hub(connection):
    """The connection as the integration user has it, whoever asks: assets are brought up to date by that user."""
    user = connection.env.ref("psa_base.user_integration")
    return connection.with_user(user).with_company(connection.company_id).with_context(**Origin.HUB.context)


def _settle(connection, source, told, seen_at, result, is_scheduled):
    """Devices that are known, with their client: [(device, Known)]."""
    reader = Reader(connection, [known for _device, known in told], is_scheduled=is_scheduled)
    all_news = reader.find_all_news(told, seen_at)
    write_news(connection, source, all_news)
    for news in all_news:
        result.asset_ids[news.device.identifier] = news.known.asset_id
        result.conflicts += len(news.conflicts)
        if news.is_repair:
            result.repaired += 1
        elif news.is_nothing:
            result.unchanged += 1
        else:
            result.updated += 1


def _take_in(connection, source, strangers, seen_at, result, is_scheduled):
    """Devices under an identifier that nothing has: they are assets that are here, or new ones, or nobody knows."""
    if not strangers:
        return
    # of two entries of one machine, the one that was online last is the machine
    strangers.sort(key=lambda stranger: stranger.device.seen_at or seen_at)
    device_match.match(connection, strangers, source)
    sure = [stranger for stranger in strangers if not stranger.rivals]
    connection.env["psa.asset.claim"]._claim(connection.company_id, [key for stranger in sure for key in stranger.keys])
    new = [stranger for stranger in sure if stranger.is_new]
    assets = make_assets(connection, [(stranger.device, stranger.client) for stranger in new], seen_at)
    for stranger, asset in zip(new, assets, strict=True):
        stranger.asset.asset_id = asset.id
    connection.env["psa.asset.identity"]._adopt(
        connection, source, {stranger.device.identifier: stranger.asset.asset_id for stranger in sure}
    )
    knowns = load_known(connection, source, {stranger.device.identifier for stranger in sure})
    told = [(stranger.device, knowns[stranger.device.identifier]) for stranger in sure]
    _settle(connection, source, told, seen_at, result, is_scheduled)
    result.created += len(new)
    result.updated -= len(new)
    for stranger in strangers:
        if stranger.rivals:
            result.letters.append((stranger.device, device_match.explain(connection, stranger)))


def _explain_device_move(connection, device, known, client):
    owner = connection.env["res.partner"].browse(known.partner_id)
    facts = {"asset_id": known.asset_id, "device": device_match.describe(device)}
    return explain_move(device.name, owner, client, **facts)
