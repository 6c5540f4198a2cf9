"""How the suite is started and run: containers, one node or two, the server that the other tests stand on."""
