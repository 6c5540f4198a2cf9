{
    "name": "Stratum PSA Bench Ping",
    "summary": "A route that does nothing, for the benchmarks to measure others against",
    "version": "1.0.0",
    "license": "AGPL-3",
    "author": "Stratum PSA",
    "website": "https://stratum-psa.example",
    "depends": ["web"],
    "installable": True,
}
