"""The name of this machine and process, for records of who did something."""

import os
import socket

_HOST = socket.gethostname()


def get_node():
    # The process is asked for at each call, because workers are forked after this module was loaded.
    return f"{_HOST}:{os.getpid()}"
