"""What each role may do in this engagement: the tables of psa_base/tests/role_matrix.py, continued.

Columns: support, operations, accounts, admin, client.
"""

# Role × model × operation: r(ead), w(rite), c(reate), d(elete). A report is evidence: nobody may write or delete it.
RECORDS = {
    "techsource.svr own": ("Service reports, once sent; for a client, the own company's", "r", "r", "r", "r", "r"),
    "techsource.svr other": ("Service reports of other teams and companies", "", "r", "r", "r", ""),
    "techsource.svr draft": ("Service reports in draft", "r", "r", "r", "r", ""),
    "techsource.svr.line": ("Lines of service reports", "r", "r", "r", "r", "r"),
    "techsource.billing.rule": ("Billing rules", "", "", "r", "rwcd", ""),
    "techsource.billed.time": ("Which time is on which invoice", "", "", "rc", "", ""),
    "contract.contract own": ("Agreements; for a client, those followed", "", "", "rwc", "r", "r"),
    "contract.contract other": ("Agreements of other clients", "", "", "rwc", "r", ""),
    "contract.line": ("Lines of agreements", "", "", "rwcd", "", "r"),
    "account.move own": ("Invoices, once posted; for a client, the own company's", "", "", "rwcd", "", "r"),
    "account.move other": ("Invoices of other clients", "", "", "rwcd", "", ""),
    "account.move draft": ("Draft invoices", "", "", "rwcd", "", ""),
    "account.payment": ("Payments", "", "", "rwcd", "", ""),
}  # fmt: skip

# Role × fields of one of the records above: r(ead), w(rite).
FIELDS = {
    "report billing": ("Whether a report is billed", "techsource.svr own", ("billing_state",), "", "", "r", "", ""),
    "report invoice": ("Invoice of a report", "techsource.svr own", ("invoice_line_ids",), "", "", "r", "", ""),
    "line approval": ("Approval of that time", "techsource.svr.line", ("approval_state",), "r", "r", "r", "r", ""),
    "ticket invoices": ("Invoices of a ticket", "helpdesk.ticket own", ("invoice_count",), "", "", "r", "", ""),
    "time billed": ("Invoice of a time entry", "time own", ("billed_time_ids",), "", "", "r", "", ""),
    "client debt": ("What a client owes", "res.partner", ("credit", "total_invoiced"), "", "", "r", "", ""),
}  # fmt: skip

# Role × button: x may press it.
ACTIONS = {
    "techsource.svr.action_approve": ("Approve a service report", "techsource.svr own", "", "", "", "", "x"),
    "techsource.svr.action_reject": ("Reject a service report", "techsource.svr own", "", "", "", "", "x"),
    "techsource.svr.action_bill": ("Bill approved work", "techsource.svr approved", "", "", "x", "", ""),
    "contract.contract.action_sync_seats": ("Count seats now", "contract.contract own", "", "", "x", "", ""),
    "account.move.action_post": ("Confirm an invoice", "account.move draft", "", "", "x", "", ""),
}  # fmt: skip

# Role × stage: from each stage, to which stages a ticket may move, and by whom. A client moves it by buttons.
MOVES = {
    "request": {"triage": ("support", "operations", "admin")},
    "triage": {
        "request": ("support", "operations", "admin"),
        "assigned": ("support", "operations", "admin"),
    },
    "assigned": {
        "triage": ("support", "operations", "admin"),
        "in_progress": ("support", "operations", "admin"),
    },
    "in_progress": {
        "assigned": ("support", "operations", "admin"),
        "pending_client": ("support", "operations", "admin"),
        "pending_third_party": ("support", "operations", "admin"),
        "resolved": ("support", "operations", "admin"),
    },
    "pending_client": {
        "in_progress": ("support", "operations", "admin"),
        "pending_third_party": ("support", "operations", "admin"),
        "resolved": ("support", "operations", "admin"),
    },
    "pending_third_party": {
        "in_progress": ("support", "operations", "admin"),
        "pending_client": ("support", "operations", "admin"),
        "resolved": ("support", "operations", "admin"),
    },
    "resolved": {
        "in_progress": ("support", "operations", "admin", "client"),
        "svr_pending": ("support", "operations", "admin"),
    },
    "svr_pending": {
        "in_progress": ("support", "operations", "admin", "client"),
        "closed": ("support", "operations", "admin", "client"),
    },
    "closed": {},
}
