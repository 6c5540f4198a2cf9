"""The wire under a `VendorClient`."""

import threading
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Wire(HTTPAdapter):
    """The connections of a client: with a timeout always, and cut when an answer takes too long as a whole.

    Timeouts of sockets start again with every byte, so a sender that drips could keep a worker for ever.
    """

    def __init__(self, timeout):
        self._pair = timeout
        self._socket = None
        self.is_cut = False
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        result = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": self._make_pool(HTTPConnectionPool, HTTPConnection),
            "https": self._make_pool(HTTPSConnectionPool, HTTPSConnection),
        }
        return result

    def _make_pool(self, pool_class, connection_class):
        wire = self

        class Connection(connection_class):
            def request(self, *args, **kwargs):
                if self.sock is None:
                    self.connect()
                wire._socket = self.sock
                return super().request(*args, **kwargs)

        return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

    def send(self, request, *args, timeout=None, **kwargs):
        return super().send(request, *args, timeout=self._pair, **kwargs)

    @contextmanager
    def watch(self, seconds):
        self._socket, self.is_cut = None, False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self):
        self.is_cut = True
        if self._socket:
            with suppress(OSError):
                self._socket.shutdown(SHUT_RDWR)
