"""The REST API, as clients' programs meet it over HTTP."""
