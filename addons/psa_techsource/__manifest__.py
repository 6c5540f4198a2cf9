{
    "name": "Stratum PSA for Techsource",
    "summary": "Techsource's process: nine stages, service verification reports, billing",
    "version": "1.0.0",
    "license": "AGPL-3",
    "author": "Stratum PSA",
    "website": "https://stratum-psa.example",
    "category": "Services/Helpdesk",
    "depends": [
        "contract",
        "l10n_au",
        "psa_base",
    ],
    # Order: who may, then the process (L3), then what the client edits (L4), then screens; menus
    # last, because they name actions of every room.
    "data": [
        # security
        "security/techsource_groups.xml",
        "security/ir.model.access.csv",
        "security/techsource_sla_rules.xml",
        "security/techsource_svr_rules.xml",
        # process
        "data/res_lang.xml",
        "data/ir_sequence.xml",
        "data/helpdesk_ticket_team.xml",
        "data/helpdesk_ticket_stage.xml",
        "data/psa_lifecycle.xml",
        "data/queue_job_function.xml",
        "data/ir_cron.xml",
        # configuration
        "l4/resource_calendar.xml",
        "l4/helpdesk_sla.xml",
        "l4/mail_template.xml",
        "l4/mail_template_timer.xml",
        "l4/psa_lifecycle_timer.xml",
        "l4/psa_ticket_template.xml",
        "l4/product_template.xml",
        "l4/psa_alert_priority.xml",
        "l4/psa_alert_recovery.xml",
        "l4/psa_alert_rule.xml",
        "l4/psa_duty_conflict.xml",
        "l4/psa_sla_breach_reason.xml",
        "l4/psa_sla_threshold.xml",
        "l4/techsource_billing_rule.xml",
        # documents
        "report/techsource_svr_report.xml",
        "report/account_move_report.xml",
        # screens
        "views/techsource_svr_views.xml",
        "views/helpdesk_sla_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/psa_lifecycle_views.xml",
        "views/techsource_billing_rule_views.xml",
        "views/account_move_views.xml",
        "views/contract_contract_views.xml",
        "views/product_template_views.xml",
        "views/portal_home_templates.xml",
        "views/portal_svr_templates.xml",
        # menus
        "views/billing_menus.xml",
    ],
    "assets": {"web.assets_tests": ["psa_techsource/static/tests/tours/*.js"]},
    "post_init_hook": "post_init_hook",
}
