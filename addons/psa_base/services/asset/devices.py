"""What comes of a device that a monitoring system reports: an asset, made or brought up to date.

Everything here runs as the integration user, with its access rights, and has no second effect when it is done twice.
What only a person can settle is a dead letter that says what to do.
"""

from dataclasses import dataclass, field

from ...exceptions import DeadLetter
from ...tools.origin import Origin
from ..hub.client_lookup import find_clients
from . import matching
from .matching import Stranger
from .news import Reader, get_audit_at, get_values, load_known, note_heard, write_news


@dataclass(slots=True)
class Upsert:
    """What came of many devices.

    `updated` assets have new values. `repaired` ones had been changed here, and have the reported values again.
    `conflicts` counts values that wait for a person. `letters` are (device, dead letter), `asset_ids` is by identifier.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repaired: int = 0
    conflicts: int = 0
    letters: list = field(default_factory=list)
    asset_ids: dict = field(default_factory=dict)


def upsert_devices(connection, devices, seen_at, *, is_scheduled=True):
    """Make or update the assets of devices that were reported at `seen_at`, up to a thousand at a time.

    The number of queries does not grow with the number of devices, except for what people follow in the chatter:
    new assets, and changes of name or serial number.
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
    _bring_up_to_date(connection, source, told, seen_at, result, is_scheduled)
    _take_in(connection, source, strangers, seen_at, result, is_scheduled)
    return result


def register_device(connection, device, seen_at):
    """Make or update the asset of one device, and return it. A dead letter is raised."""
    result = upsert_devices(connection, [device], seen_at, is_scheduled=False)
    for _device, letter in result.letters:
        raise letter
    return connection.env["psa.asset"].browse(result.asset_ids[device.identifier])


def find_unchanged_devices(connection, told):
    """The devices of `told` that change nothing: {key: asset ID}. They are noted as heard of.

    `told` are (key, device, when it was reported). After a device with news, those of the same asset are left out,
    too, so that they are worked after it. The number of queries is constant.
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
    """The asset that has or had this identifier, also if it is archived."""
    found = connection.env["psa.asset.identity"]._find_assets(
        connection.company_id, [identifier], get_source(connection)
    )
    return found.get(identifier, connection.env["psa.asset"])


def explain_move(name, owner, client, **facts):
    """The dead letter of a device that belongs to one client at the monitoring system, and to another one here."""
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
    """The source of the identifiers that the connection uses: several connections may use the same."""
    return connection._get_adapter().identity_source


def make_assets(connection, devices, seen_at):
    """Make assets of devices, [(device, client)], in one go. The caller adds their identities."""
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
    """The connection with the rights of the integration user, who brings assets up to date, whoever asks for it."""
    user = connection.env.ref("psa_base.user_integration")
    return connection.with_user(user).with_company(connection.company_id).with_context(**Origin.HUB.context)


def _bring_up_to_date(connection, source, told, seen_at, result, is_scheduled):
    """Update the assets of devices that are known, with the client they have: [(device, Known)]."""
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
    """Find or make the assets of devices under an identifier that no asset has, or leave them to a person."""
    if not strangers:
        return
    # Of two entries of one machine, the one that was online last comes last: it becomes the current identity.
    strangers.sort(key=lambda stranger: stranger.device.seen_at or seen_at)
    matching.match(connection, strangers, source)
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
    _bring_up_to_date(connection, source, told, seen_at, result, is_scheduled)
    result.created += len(new)
    result.updated -= len(new)
    for stranger in strangers:
        if stranger.rivals:
            result.letters.append((stranger.device, matching.explain(connection, stranger)))


def _explain_device_move(connection, device, known, client):
    owner = connection.env["res.partner"].browse(known.partner_id)
    facts = {"asset_id": known.asset_id, "device": matching.describe(device)}
    return explain_move(device.name, owner, client, **facts)
