"""The lanes of a connection: its messages are spread over them, and lanes are worked at the same time."""

import zlib

LANES = 4


def choose_lane(connection_id, key):
    """The lane for a key (the device): the same for all its messages, and the lanes are filled evenly."""
    return zlib.crc32(f"{connection_id}.{key}".encode()) % LANES
