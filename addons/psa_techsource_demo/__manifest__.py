{
    "name": "Stratum PSA demo company",
    "summary": "A year in the life of an MSP in Sydney: clients, devices, tickets, reports, invoices",
    "version": "1.1.0",
    "license": "AGPL-3",
    "author": "Stratum PSA",
    "website": "https://stratum-psa.example",
    "category": "Services/Helpdesk",
    "depends": [
        "psa_techsource",
    ],
    # The story sets the time with it, so that records of the past have dates of the past.
    "external_dependencies": {"python": ["freezegun"]},
    "post_init_hook": "post_init_hook",
}
