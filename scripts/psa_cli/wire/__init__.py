"""The suite over HTTP, as people, clients' programs and vendors meet it."""
