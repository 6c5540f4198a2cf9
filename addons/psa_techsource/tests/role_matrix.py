"""What each role may do in this engagement: the tables of psa_base/tests/role_matrix.py, continued.

Columns: support, operations, accounts, admin, client.
"""

# Role × model × operation: r(ead), w(rite), c(reate), d(elete).
RECORDS = {
    "techsource.svr": ("Service reports; for a client, the own company's, once sent", "r", "r", "r", "r", "rw"),
    "techsource.svr.line": ("Lines of service reports", "r", "r", "r", "r", "r"),
    "techsource.billing.rule": ("Billing rules", "", "", "r", "rwcd", ""),
    "techsource.billed.time": ("Which time is on which invoice", "", "", "rc", "", ""),
    "contract.contract": ("Agreements; for a client, those followed", "", "", "rwc", "", "r"),
    "contract.line": ("Lines of agreements", "", "", "rwcd", "", "r"),
    "account.move": ("Invoices; for a client, the own company's", "", "", "rwcd", "", "r"),
}
