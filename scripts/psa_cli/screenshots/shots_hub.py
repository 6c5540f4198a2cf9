"""The screens of the hub: its health, dead letters and how they are mended, vendors, alerts."""

from .shot import FORM, LIST, Shot, action, tab

DASHBOARD = ".o_psa_hub_tiles button"
DIALOG = ".modal .o_form_view"

LETTERS = "psa_base.psa_hub_dead_letter_action"
CONNECTIONS = "psa_base.psa_hub_connection_action"
ALERTS = "psa_base.psa_alert_action"
RULES = "psa_base.psa_alert_rule_action"

UNKNOWN_GROUP = ("psa.hub.dead.letter", [("mend", "=", "map_client"), ("reason", "like", "Harbour")])
DOUBTFUL = ("psa.hub.dead.letter", [("mend", "=", "match_device")])
PULSEWAY = ("psa.hub.connection", [("adapter", "=", "pulseway")])
ON_A_TICKET = ("psa.alert", [("ticket_id.name", "=", "GRI-FW-01 is offline"), ("is_flapping", "=", True)])
RULE = ("psa.alert.rule", [("name", "like", "Load")])
REINSTALLED = ("psa.asset", [("name", "=", "HHL-LT-03")])

MEND = (".o_psa_mend", DIALOG)
DRY_RUN = ("button[name='action_dry_run']", DIALOG)


def _list(name: str, role: str, xmlid: str, ready: str = LIST) -> Shot:
    return Shot(name, role, action(f"psa_base.{xmlid}"), ready)


def _page(name: str) -> Shot:
    """A page of the form of a connection."""
    there = f"[name='{name}']"
    return Shot(f"admin-connection-{name}", "admin", action(CONNECTIONS, "/{id}"), FORM, PULSEWAY, (tab(name, there),))


HUB_SHOTS = (
    _list("operations-hub-health", "operations", "psa_hub_health_action", DASHBOARD),
    _list("operations-dead-letters", "operations", "psa_hub_dead_letter_action"),
    Shot("operations-dead-letter", "operations", action(LETTERS, "/{id}"), FORM, UNKNOWN_GROUP),
    Shot("operations-dead-letter-mend", "operations", action(LETTERS, "/{id}"), FORM, UNKNOWN_GROUP, (MEND,)),
    Shot("operations-match", "operations", action(LETTERS, "/{id}"), FORM, DOUBTFUL, (MEND,)),
    Shot("operations-dead-letter-dry-run", "operations", action(LETTERS, "/{id}"), FORM, UNKNOWN_GROUP, (DRY_RUN,)),
    _list("operations-conflicts", "operations", "psa_hub_conflict_action"),
    _list("operations-alarms", "operations", "psa_hub_alarm_action"),
    _list("operations-messages", "operations", "psa_hub_inbox_action"),
    _list("operations-outbox", "operations", "psa_hub_outbox_action"),
    Shot(
        "operations-outbox-message",
        "operations",
        action("psa_base.psa_hub_outbox_action", "/{id}"),
        FORM,
        ("psa.hub.outbox", [("state", "=", "dead")]),
    ),
    _list("operations-polls", "operations", "psa_hub_sync_action"),
    Shot(
        "operations-poll",
        "operations",
        action("psa_base.psa_hub_sync_action", "/{id}"),
        FORM,
        ("psa.hub.sync", [("kind", "=", "devices"), ("state", "=", "done")]),
    ),
    _list("operations-organizations", "operations", "psa_hub_organization_action"),
    _list("operations-ownership", "operations", "psa_hub_ownership_action"),
    Shot("operations-asset-identities", "operations", action("psa_base.psa_asset_action", "/{id}"), FORM, REINSTALLED),
    _list("operations-device-alerts", "operations", "psa_alert_action"),
    Shot("operations-device-alert", "operations", action(ALERTS, "/{id}"), FORM, ON_A_TICKET),
    Shot("operations-alert-graph", "operations", action(ALERTS, "?view_type=graph"), ".o_graph_view canvas"),
    _list("operations-maintenance", "operations", "psa_maintenance_window_action", ".o_calendar_view .fc-event"),
    Shot("admin-connections", "admin", action(CONNECTIONS), LIST),
    Shot("admin-connection", "admin", action(CONNECTIONS, "/{id}"), FORM, PULSEWAY),
    *map(_page, ("calling", "polling", "alerts", "health")),
    _list("admin-alert-rules", "admin", "psa_alert_rule_action"),
    Shot("admin-alert-rule", "admin", action(RULES, "/{id}"), FORM, RULE),
    _list("admin-alert-tester", "admin", "psa_alert_tester_action", DIALOG),
    _list("admin-alert-priorities", "admin", "psa_alert_priority_action"),
    _list("admin-alert-recovery", "admin", "psa_alert_recovery_action"),
    Shot("admin-metrics-keys", "admin", action("psa_base.psa_metrics_key_action"), ".o_list_view"),
)
