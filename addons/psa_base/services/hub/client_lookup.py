"""The client that a vendor's organization or group stands for."""

from odoo.tools import SQL

from ...exceptions import DeadLetter


def find_client(connection, group, organization_id=""):
    """The client company; raises a dead letter that says what to fill in when there is none, or more than one.

    It is found by the link of the vendor's organization, else by its monitoring group, else by its name.
    """
    told = (group, organization_id)
    found = find_clients(connection, [told])[told]
    if isinstance(found, DeadLetter):
        raise found
    return found


def find_linked_client(connection, organization_id):
    """The client to which the vendor's organization is linked; empty when it is not linked. Names do not count."""
    return _find_linked(connection, {organization_id}).get(organization_id, connection.env["res.partner"])


def find_clients(connection, told):
    """{(group, organization's ID): client or dead letter} for many at once, in two queries."""
    linked = _find_linked(connection, {organization_id for _group, organization_id in told if organization_id})
    named = _find_named(connection, {group for group, _organization_id in told if group})
    nobody = connection.env["res.partner"]
    found = {}
    for group, organization_id in told:
        client = linked.get(organization_id) or named.get(group, nobody)
        if len(client) != 1:
            client = _explain(connection.env, client, group, organization_id)
        found[group, organization_id] = client
    return found


def _find_linked(connection, organization_ids):
    if not any(organization_ids):
        return {}
    organizations = connection.env["psa.hub.organization"].search(
        [
            ("connection_id", "=", connection.id),
            ("external_id", "in", list(organization_ids)),
            ("partner_id", "!=", False),
        ]
    )
    return {organization.external_id: organization.partner_id for organization in organizations}


def _find_named(connection, groups):
    """{group: clients that it may mean}: those with this monitoring group, or else those with this name."""
    if not groups:
        return {}
    partners = connection.env["res.partner"]
    partners.flush_model(["name", "rmm_group", "is_company", "parent_id", "company_id", "active"])
    rows = connection.env.execute_query(
        SQL(
            """
            WITH told AS (SELECT name, lower(name) AS key FROM unnest(%(groups)s::text[]) AS name),
            client AS (
                SELECT id, lower(rmm_group) AS rmm_group, lower(name) AS name FROM res_partner
                 WHERE active AND is_company AND parent_id IS NULL
                   AND (company_id IS NULL OR company_id = %(company)s)
            )
            SELECT told.name, true, client.id FROM told JOIN client ON client.rmm_group = told.key
             UNION ALL
            SELECT told.name, false, client.id FROM told JOIN client ON client.name = told.key
             ORDER BY 3
            """,
            groups=list(groups),
            company=connection.company_id.id,
        )
    )
    found = {True: {}, False: {}}
    for group, is_by_group, client_id in rows:
        found[is_by_group].setdefault(group, []).append(client_id)
    return {group: partners.browse(ids) for group, ids in (found[False] | found[True]).items()}


def _explain(env, clients, group, organization_id):
    facts = {"group": group, "organization_id": organization_id}
    if clients:
        return DeadLetter(
            env._(
                "The group '%(group)s' may mean several clients: %(clients)s. Fill in Monitoring group on "
                "the right one only, then replay.",
                group=group,
                clients=", ".join(clients.mapped("display_name")),
            ),
            mend="map_client",
            **facts,
        )
    if group:
        return DeadLetter(
            env._("No client has the group '%s'. Open the client, fill in Monitoring group, then replay.", group),
            mend="map_client",
            **facts,
        )
    return DeadLetter(
        env._(
            "The vendor's organization %s is not linked to a client. Link it under Organizations, then replay.",
            organization_id or env._("without an ID"),
        ),
        mend="map_client",
        **facts,
    )
