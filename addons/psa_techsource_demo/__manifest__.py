{
    "name": "Stratum PSA demo company",
    "summary": "A year in the life of an MSP in Sydney: clients, devices, tickets, reports, invoices",
    "version": "1.0.0",
    "license": "AGPL-3",
    "author": "Stratum PSA",
    "website": "https://stratum-psa.example",
    "category": "Services/Helpdesk",
    "depends": [
        "psa_techsource",
    ],
    # The story's clock: history is written at the moments when it is said to have happened.
    "external_dependencies": {"python": ["freezegun"]},
    "post_init_hook": "post_init_hook",
}
