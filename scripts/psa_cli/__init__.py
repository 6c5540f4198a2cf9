"""The command line of Stratum PSA: one module a verb, one idea a module."""
