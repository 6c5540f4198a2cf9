"""The transport of a `VendorClient`: it ends in time, and connects only to public addresses unless told otherwise."""

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
    """The connections of a client. They have timeouts, and are cut when an answer takes too long as a whole.

    A socket's timeout starts again with every byte, so a slow sender could otherwise hold a worker for ever.

    Unless `may_stay_inside`, it connects to public addresses only. The host is resolved at the moment of connecting,
    because its owner may have changed the address since it was checked.
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
                """A socket to the first address that answers. The host is not resolved again."""
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
        """Behind a proxy, check the host's address as far as it can be resolved here. The proxy resolves it again."""
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
