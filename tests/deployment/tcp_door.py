"""A door in front of several servers: each new connection goes to the next one that takes it."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count

CHUNK = 65_536


class Door:
    """Hands connections on, byte by byte, to one server after the other. One that is gone is passed over.

    With `on_answer` no answer comes through: it is called when the first bytes of one are there, and the client finds
    its connection closed.
    """

    def __init__(self, *ports: int, on_answer: Callable[[], object] | None = None) -> None:
        self.ports = list(ports)
        self._on_answer = on_answer
        self._turn = count()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        # Closing alone does not wake the thread that waits in accept.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            if server := self._find_server():
                threading.Thread(target=_hand_on, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client), daemon=True).start()
            else:
                client.close()

    def _find_server(self) -> socket.socket | None:
        first = next(self._turn)
        for offset in range(len(self.ports)):
            port = self.ports[(first + offset) % len(self.ports)]
            with suppress(OSError):
                return socket.create_connection(("127.0.0.1", port))
        return None

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        if self._on_answer:
            server.recv(1)
            self._on_answer()
            # Closing alone tells the client nothing for as long as the other thread waits for more of its request.
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()
        else:
            _hand_on(server, client)


def _hand_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    # The other way ends with this one: a server that was killed must not leave its client waiting.
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
