"""The pictures of docs/: every screen that a role sees, taken from the running suite."""

from pathlib import Path

from ..errors import PsaError
from ..odoo import instance
from ..paths import ROOT
from ..ui import say
from ..wire.wire import Person, Refused, Wire
from .chrome import Chrome
from .shot import FORM, HOME, LIST, PAGE, REPORT_VIEW, Shot, action, tab
from .shots_api import API_SHOTS
from .shots_hub import HUB_SHOTS

NORTHWIND = [("commercial_partner_id.name", "=", "Northwind Dental")]
BY_MONITORING = [("name", "=", "Domain controller reports replication errors")]
IN_PROGRESS = [("name", "=", "Backup of the dispatch database takes until noon")]
SLOW = "Practice software is slow in the afternoon"
REPORT = [("ticket_id.name", "=", SLOW)]
WAITING = [("name", "=", "Depot 2: NBN link runs at a tenth of its speed")]
LEAVER = [("name", "=", "Close the accounts of Ms Doyle, who leaves on Friday")]

TIGHTENED = "[data-move='In Progress → Resolved']"
THIRD_GATE = ".o_psa_gate_choice:nth-of-type(3)"

SHOTS = (
    Shot("operations-home", "operations", "/odoo", HOME),
    Shot("operations-tickets", "operations", action("psa_base.helpdesk_ticket_action", "?view_type=list"), LIST),
    Shot(
        "operations-ticket",
        "operations",
        action("psa_base.helpdesk_ticket_action", "/{id}"),
        FORM,
        ("helpdesk.ticket", BY_MONITORING),
    ),
    Shot("operations-new-ticket", "operations", action("psa_base.helpdesk_ticket_action", "/new"), FORM),
    Shot("operations-assets", "operations", action("psa_base.psa_asset_action"), LIST),
    Shot(
        "operations-asset",
        "operations",
        action("psa_base.psa_asset_action", "/{id}"),
        FORM,
        ("psa.asset", [("name", "=", "NWD-SRV-01")]),
    ),
    Shot("operations-time", "operations", action("psa_base.account_analytic_line_action_to_approve"), LIST),
    Shot(
        "operations-client",
        "operations",
        action("base.action_partner_form", "/{id}"),
        FORM,
        ("res.partner", [("name", "=", "Northwind Dental")]),
    ),
    Shot(
        "operations-report",
        "operations",
        action("psa_techsource.techsource_svr_action", "/{id}"),
        FORM,
        ("techsource.svr", REPORT),
    ),
    Shot(
        "operations-stage-history",
        "operations",
        action("psa_base.helpdesk_ticket_action", "/{id}"),
        FORM,
        ("helpdesk.ticket", WAITING),
        (tab("stage_history", "[name='stay_ids'] .o_data_row"),),
        "[name='stay_ids']",
    ),
    Shot(
        "operations-why-sla",
        "operations",
        action("psa_base.helpdesk_ticket_action", "/{id}"),
        FORM,
        ("helpdesk.ticket", WAITING),
        (("button[name='action_explain_sla']", ".modal .o_data_row"),),
    ),
    Shot("operations-time-in-stage", "operations", action("psa_base.psa_lifecycle_stay_action"), REPORT_VIEW),
    Shot("operations-breaches", "operations", action("psa_base.psa_sla_breach_action"), HOME),
    Shot("operations-breaches-to-explain", "operations", action("psa_base.psa_sla_breach_action_to_explain"), LIST),
    Shot("operations-alerts", "operations", action("psa_base.psa_sla_alert_action"), LIST),
    Shot("operations-overrides", "operations", action("psa_base.psa_lifecycle_move_action_overrides"), LIST),
    Shot("operations-refused-moves", "operations", action("psa_base.psa_lifecycle_refusal_action"), REPORT_VIEW),
    Shot(
        "operations-recurring-ticket",
        "operations",
        action("psa_base.psa_ticket_recurrence_action", "/{id}"),
        FORM,
        ("psa.ticket.recurrence", []),
    ),
    Shot("support-home", "support", "/odoo", HOME),
    Shot(
        "support-ticket",
        "support",
        action("psa_base.helpdesk_ticket_action_my_work", "/{id}"),
        FORM,
        ("helpdesk.ticket", IN_PROGRESS),
    ),
    Shot(
        "support-why",
        "support",
        action("psa_base.helpdesk_ticket_action", "/{id}"),
        FORM,
        ("helpdesk.ticket", IN_PROGRESS),
        (("button.o_psa_why", ".modal .o_psa_next"),),
    ),
    Shot(
        "support-checklist",
        "support",
        action("psa_base.helpdesk_ticket_action", "/{id}"),
        FORM,
        ("helpdesk.ticket", LEAVER),
        (tab("checklist", "[name='checklist_item_ids'] .o_data_row"),),
        "[name='checklist_item_ids']",
    ),
    Shot("support-time", "support", action("psa_base.account_analytic_line_action_my_time"), LIST),
    Shot("support-reports", "support", action("psa_techsource.techsource_svr_action"), LIST),
    Shot("accounts-home", "accounts", "/odoo", HOME),
    Shot("accounts-to-bill", "accounts", action("psa_techsource.techsource_svr_action_to_bill"), ".o_list_view"),
    Shot("accounts-invoices", "accounts", action("account.action_move_out_invoice_type"), LIST),
    Shot(
        "accounts-invoice",
        "accounts",
        action("account.action_move_out_invoice_type", "/{id}"),
        FORM,
        ("account.move", [("invoice_line_ids.techsource_svr_id", "!=", False), ("state", "=", "posted")]),
    ),
    Shot("accounts-agreements", "accounts", action("psa_techsource.contract_contract_action"), LIST),
    Shot(
        "accounts-agreement",
        "accounts",
        action("psa_techsource.contract_contract_action", "/{id}"),
        FORM,
        ("contract.contract", NORTHWIND),
    ),
    Shot("admin-home", "admin", "/odoo", HOME),
    Shot(
        "admin-lifecycle",
        "admin",
        action("psa_base.psa_lifecycle_action", "/{id}"),
        FORM,
        ("psa.lifecycle", []),
    ),
    Shot(
        "admin-lifecycle-diagram",
        "admin",
        action("psa_base.psa_lifecycle_action", "/{id}"),
        FORM,
        ("psa.lifecycle", []),
        (tab("diagram", ".o_psa_diagram .o_psa_node"),),
    ),
    Shot(
        "admin-dry-run",
        "admin",
        action("psa_base.psa_lifecycle_action", "/{id}"),
        FORM,
        ("psa.lifecycle", []),
        (
            (TIGHTENED, ".o_psa_gate_choice"),
            (f"{THIRD_GATE} input", f"{THIRD_GATE}.o_psa_chosen"),
            (".o_psa_apply", ".o_psa_changes button"),
            (".o_psa_dry_run", ".o_psa_dry_run_dialog"),
        ),
    ),
    Shot("admin-timers", "admin", action("psa_base.psa_lifecycle_timer_action"), LIST),
    Shot("admin-thresholds", "admin", action("psa_base.psa_sla_threshold_action"), LIST),
    Shot("admin-sla-settings", "admin", action("psa_base.psa_sla_tuning_action"), ".o_form_view .o_data_row"),
    Shot(
        "admin-whatif",
        "admin",
        action("psa_base.psa_sla_whatif_action", "/{id}"),
        FORM,
        ("psa.sla.whatif", [("state", "=", "done")]),
    ),
    Shot("admin-duties", "admin", action("psa_base.psa_duty_conflict_action"), LIST),
    Shot("admin-roles", "admin", action("psa_base.res_users_action_roles"), LIST),
    Shot("admin-gates", "admin", action("psa_base.psa_lifecycle_gate_action"), LIST),
    Shot("admin-sla-rules", "admin", action("psa_base.helpdesk_sla_action"), LIST),
    Shot(
        "admin-override",
        "admin",
        action("psa_base.helpdesk_ticket_action", "/{id}"),
        FORM,
        ("helpdesk.ticket", IN_PROGRESS),
        (("button.o_psa_override", ".modal .o_form_view"),),
    ),
    Shot("admin-teams", "admin", action("helpdesk_mgmt.helpdesk_ticket_team_action"), LIST),
    Shot("admin-stages", "admin", action("helpdesk_mgmt.helpdesk_ticket_stage_action"), LIST),
    Shot("admin-billing-rule", "admin", action("psa_techsource.techsource_billing_rule_action"), LIST),
    *HUB_SHOTS,
    *API_SHOTS,
    Shot("client-home", "client", "/my", PAGE),
    Shot("client-tickets", "client", "/my/tickets", PAGE),
    Shot("client-ticket", "client", "/my/ticket/{id}", PAGE, ("helpdesk.ticket", [("name", "=", SLOW)])),
    Shot("client-new-ticket", "client", "/new/ticket", PAGE),
    Shot("client-assets", "client", "/my/assets", PAGE),
    Shot("client-reports", "client", "/my/svrs", PAGE),
    Shot("client-report", "client", "/my/svrs/{id}", PAGE, ("techsource.svr", REPORT)),
    Shot(
        "client-report-approve",
        "client",
        "/my/svrs/{id}",
        PAGE,
        ("techsource.svr", REPORT),
        (("[data-bs-target='#svr_approve']", "#svr_approve.show .modal-footer"),),
    ),
    Shot("client-invoices", "client", "/my/invoices", PAGE),
)


def run() -> int:
    """Take all pictures; 1 when a screen did not come."""
    suite = instance.need_running()
    folder = ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    wire, failed = Wire(suite), 0
    with Chrome() as chrome:
        for role in suite["users"]:
            shots = [shot for shot in SHOTS if shot.role == role]
            if not shots:
                continue
            person = wire.person(role)
            chrome.forget()
            chrome.set_cookie(wire.url, "session_id", person.session.cookies["session_id"])
            for shot in shots:
                failed += not _take(chrome, wire.url, person, shot, folder)
    return 1 if failed else 0


def _take(chrome: Chrome, url: str, person: Person, shot: Shot, folder: Path) -> bool:
    try:
        chrome.go(url + shot.address(person), shot.ready)
        for button, there in shot.clicks:
            chrome.click(button)
            chrome.wait(there)
        if shot.show:
            chrome.show(shot.show)
        chrome.settle()
        chrome.picture(folder / f"{shot.name}.png")
    except (PsaError, Refused) as problem:
        say(f"✗ {shot.name} — {problem}")
        return False
    say(f"✓ {shot.name}")
    return True
