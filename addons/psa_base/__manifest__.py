{
    "name": "Stratum PSA Base",
    "summary": "Service desk for managed service providers: assets, lifecycle, SLA layers, hub, API",
    "version": "1.0.0",
    "license": "AGPL-3",
    "author": "Stratum PSA",
    "website": "https://stratum-psa.example",
    "category": "Services/Helpdesk",
    "depends": [
        "base_automation",
        "helpdesk_mgmt",
        "helpdesk_mgmt_sla",
        "hr_timesheet",
        "phone_validation",
        "portal",
        "queue_job",
    ],
    "external_dependencies": {"python": ["cryptography", "holidays", "phonenumbers", "pydantic"]},
    # Order: who may, then records that others refer to, then screens; menus last, because they
    # name actions of every room.
    "data": [
        # security
        "security/psa_groups.xml",
        "security/ir.model.access.csv",
        "security/helpdesk_ticket_rules.xml",
        "security/psa_api_rules.xml",
        "security/psa_asset_rules.xml",
        "security/psa_audit_rules.xml",
        "security/psa_hub_rules.xml",
        # records that others refer to
        "data/helpdesk_ticket_channel.xml",
        "data/psa_api_scope.xml",
        "data/res_users.xml",
        "data/psa_hub_jobs.xml",
        "data/resource_calendar_cron.xml",
        # screens
        "views/account_analytic_line_views.xml",
        "views/helpdesk_sla_views.xml",
        "views/helpdesk_team_views.xml",
        "views/psa_api_key_views.xml",
        "views/psa_asset_views.xml",
        "views/psa_audit_entry_views.xml",
        "views/psa_hub_attempt_views.xml",
        "views/psa_hub_inbox_views.xml",
        "views/psa_hub_connection_views.xml",
        "views/psa_lifecycle_views.xml",
        "views/psa_lifecycle_matrix_views.xml",
        "views/psa_secret_reveal_views.xml",
        "views/res_partner_views.xml",
        "views/resource_calendar_views.xml",
        # screens that open a wizard of the ones above
        "views/helpdesk_ticket_portal.xml",
        "views/helpdesk_ticket_views.xml",
        "views/helpdesk_ticket_lifecycle_views.xml",
        # menus
        "views/psa_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["psa_base/static/src/lifecycle/*"],
    },
    "application": True,
}
