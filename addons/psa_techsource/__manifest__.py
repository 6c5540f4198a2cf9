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
    # Order: who may, then the process (L3), then what the client edits (L4), then screens.
    "data": [
        "security/ir.model.access.csv",
    ],
    "application": False,
    "installable": True,
}
