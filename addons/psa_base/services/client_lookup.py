"""Whose a message is: the client that a vendor's organization or group stands for."""

from ..exceptions import DeadLetter


def find_client(connection, group, organization_id=""):
    """The client company, or a dead letter that says what to fill in.

    By the link of the vendor's organization, else by monitoring group, else by the company's name.
    """
    if linked := find_linked_client(connection, organization_id):
        return linked
    env = connection.env
    clients = env["res.partner"]._find_by_rmm_group(group, connection.company_id) if group else env["res.partner"]
    if len(clients) == 1:
        return clients
    facts = {"group": group, "organization_id": organization_id}
    if clients:
        raise DeadLetter(
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
        raise DeadLetter(
            env._("No client has the group '%s'. Open the client, fill in Monitoring group, then replay.", group),
            mend="map_client",
            **facts,
        )
    raise DeadLetter(
        env._(
            "The vendor's organization %s is not linked to a client. Link it under Organizations, then replay.",
            organization_id or env._("without an ID"),
        ),
        mend="map_client",
        **facts,
    )


def find_linked_client(connection, organization_id):
    """The client that somebody linked the vendor's organization to; empty when nobody has."""
    if not organization_id:
        return connection.env["res.partner"]
    organizations = connection.env["psa.hub.organization"].search(
        [("connection_id", "=", connection.id), ("external_id", "=", organization_id)]
    )
    return organizations.partner_id
