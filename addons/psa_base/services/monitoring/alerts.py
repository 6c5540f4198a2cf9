"""What comes of an alert of a monitoring system: an episode that begins, goes on or is over, and its ticket.

Everything here runs as the integration user, with its access rights, and has no second effect when it is done twice.
What only a person can settle is raised as a dead letter that says what to do.
"""

from odoo.tools.sql import escape_psql

from ...exceptions import DeadLetter
from ...tools.monitoring import rules
from ..asset.devices import explain_move, find_asset_by_identifier
from ..hub.client_lookup import find_client, find_linked_client

RESOLVED = "resolved"


def raise_alert(connection, alert, received_at, message=None):
    """Begin, count or end an episode. Return the values that link the message to what came of it."""
    if message and message.alert_id:
        return _get_links(message.alert_id)  # It was counted before.
    asset, client = find_place(connection, alert)
    facts = get_facts(connection, alert, asset, client, received_at)
    occurrence = _prepare_occurrence(facts, alert, message)
    if is_recovery(connection.env, alert, facts):
        ended = find_ended(connection.env, alert, facts)
        episode = connection.env["psa.alert.occurrence"]._end_conditions(ended, occurrence)
    elif (known := _find_known(connection.env, alert, facts)) is not None:
        episode = known
    else:
        episode = connection.env["psa.alert"]._come_up(facts, occurrence)
    return {"asset_id": asset.id, **_get_links(episode)}


def find_place(connection, alert):
    """(asset, client) that the alert is about; the asset is empty if it is about none that is known."""
    env = connection.env
    if alert.device_identifier:
        asset = find_asset_by_identifier(connection, alert.device_identifier)
        if not asset:
            raise DeadLetter(
                env._(
                    "No asset has the monitoring ID %s. Let the device register, or enter the ID on its "
                    "asset, then replay.",
                    alert.device_identifier,
                ),
                mend="find_device",
                identifier=alert.device_identifier,
                hostname=alert.hostname,
            )
        # The client by the organization's ID alone: the name of a group may be mistyped, and would move the device.
        linked = find_linked_client(connection, alert.organization_id)
        if linked and linked != asset.partner_id:
            facts = {"asset_id": asset.id, "identifier": alert.device_identifier, "hostname": asset.name}
            raise explain_move(asset.name, asset.partner_id, linked, **facts)
        return asset, asset.partner_id
    client = find_client(connection, alert.group, alert.organization_id)
    assets = env["psa.asset"]
    if alert.hostname:
        assets = assets.search(
            [
                ("company_id", "=", connection.company_id.id),
                ("partner_id", "=", client.id),
                ("name", "=ilike", escape_psql(alert.hostname)),
            ],
            limit=2,
        )
    return assets if len(assets) == 1 else assets.browse(), client


def get_facts(connection, alert, asset, client, received_at):
    """The alert as the conditions of rules see it."""
    return rules.Facts(
        connection_id=connection.id,
        adapter=connection.adapter,
        company_id=connection.company_id.id,
        partner_id=client.id,
        device=alert.device_identifier,
        title=alert.title,
        message=alert.message,
        priority=str(alert.priority),
        condition=alert.condition,
        at=received_at,
        asset_id=asset.id or 0,
        asset_name=asset.name or "",
        os_info=asset.os_info or "",
    )


def is_recovery(env, alert, facts):
    return alert.state == RESOLVED or bool(rules.get_ended_patterns(env["psa.alert.recovery"]._get_pairs(), facts))


def find_ended(env, alert, facts):
    """The conditions that the alert ends: (ID of the episode, key of the condition, its title)."""
    occurrences = env["psa.alert.occurrence"]
    if alert.state == RESOLVED:
        return occurrences._find_condition_on(rules.get_condition_key(facts), alert.occurred_at)
    device = rules.get_device(facts)
    going_on = occurrences._find_on(facts.connection_id, facts.partner_id, device, alert.occurred_at)
    patterns = rules.get_ended_patterns(env["psa.alert.recovery"]._get_pairs(), facts)
    return [row for row in going_on if rules.matches(patterns, row[2])]


def _find_known(env, alert, facts):
    """The episode on which the alert was counted before, or in which it was over before it came; None if it is news.

    The sender's time decides. Empty if the alert was over before there was any episode.
    """
    if not alert.occurred_at:
        return None
    occurrences = env["psa.alert.occurrence"]
    key = rules.get_condition_key(facts)
    known = occurrences._find_counted(key, alert.external_id, alert.occurred_at) if alert.external_id else None
    if known is None:
        known = occurrences._find_later_end(key, alert.occurred_at)
    if known is None and facts.device and _is_over_since(env, alert, facts):
        known = env["psa.alert"]
    return known


def _is_over_since(env, alert, facts):
    """Whether a recovery of the device that came before this alert, but is later by the sender's time, ends it."""
    device = rules.get_device(facts)
    pairs = env["psa.alert.recovery"]._get_pairs()
    titles = env["psa.alert.occurrence"]._find_later_recoveries(facts.connection_id, device, alert.occurred_at)
    return any(
        rules.matches(rules.get_ended_patterns(pairs, facts._replace(title=title)), facts.title) for title in titles
    )


def _prepare_occurrence(facts, alert, message):
    return {
        "connection_id": facts.connection_id,
        "inbox_id": message.id if message else None,
        "asset_id": facts.asset_id or None,
        "title": facts.title,
        "source_priority": facts.priority,
        "at": facts.at,
        "occurred_at": alert.occurred_at,
        "device": rules.get_device(facts),
        "condition_key": rules.get_condition_key(facts),
        "external_id": alert.external_id or None,
    }


def _get_links(episode):
    # sudo: whoever works the message need not be allowed to read the ticket.
    return {"alert_id": episode.id, "ticket_id": episode.sudo().ticket_id.id}
