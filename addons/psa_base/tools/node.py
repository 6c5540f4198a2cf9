"""Which machine and process this is, for whoever reads what it did."""

import os
import socket

_HOST = socket.gethostname()


def get_node():
    # asked each time: workers are forks of one process
    return f"{_HOST}:{os.getpid()}"
