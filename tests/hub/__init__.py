"""The hub, as monitoring systems meet it over HTTP: nothing is lost, nothing is done twice."""
