"""The wire under a `VendorClient`: it ends in time, and it leads to the internet alone unless it may lead elsewhere."""

import threading
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR

from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util import parse_url

from ...exceptions import CallError, ErrorClass
from ..web_address import NotPublic, resolve_public


class Wire(HTTPAdapter):
    """The connections of a client: with a timeout always, and cut when an answer takes too long as a whole.

    Timeouts of sockets start again with every byte, so a sender that drips could keep a worker for ever.

    Unless `may_stay_inside`, only public addresses are connected to. What counts is the address that the host has at
    the moment of connecting: whatever was checked before, its owner may have changed since.
    """

    def __init__(self, timeout, may_stay_inside=False):
        self._pair = timeout
        self._may_stay_inside = may_stay_inside
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

            def _new_conn(self):
                if wire._may_stay_inside:
                    return super()._new_conn()
                host = self._dns_host
                try:
                    return self._connect_to_one(_resolve(host, self.port))
                except OSError as error:
                    raise NewConnectionError(self, f"{host} has no address: {error}") from error
                finally:
                    self._dns_host = host

            def _connect_to_one(self, addresses):
                """A socket to the first of the addresses that answers; nobody is asked again where the host is."""
                for address in addresses:
                    self._dns_host = address
                    try:
                        return super()._new_conn()
                    except (ConnectTimeoutError, NewConnectionError) as error:
                        fault = error
                raise fault

        return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

    def send(self, request, *args, timeout=None, proxies=None, **kwargs):
        if not self._may_stay_inside and select_proxy(request.url, proxies):
            self._check_beyond_proxy(request.url)
        return super().send(request, *args, timeout=self._pair, proxies=proxies, **kwargs)

    def _check_beyond_proxy(self, url):
        """The operator's own proxy connects; what is known of the host here is held to the same."""
        parts = parse_url(url)
        with suppress(OSError):
            _resolve(parts.host, parts.port)

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


def _resolve(host, port):
    try:
        return resolve_public(host, port)
    except NotPublic:
        raise CallError(
            "The address leads into a network that is not public, so it is not called. Enter a public address.",
            ErrorClass.PERMANENT,
        ) from None
