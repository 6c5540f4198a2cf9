"""A small HTTP server on loopback for tests of calls: it keeps the requests, and answers as the test says."""

import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Ignore errors: the tests break connections off on purpose."""


class Loopback:
    """Each answer is a status, or a function that writes to the handler. The last answer is repeated."""

    def __init__(self, *answers):
        self.answers = list(answers) or [204]
        self.calls = []
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                loopback.calls.append(
                    {
                        "at": time.monotonic(),
                        "method": self.command,
                        "path": self.path,
                        "headers": dict(self.headers),
                        "body": body,
                    }
                )
                answers = loopback.answers
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                if callable(answer):
                    answer(self)
                else:
                    reply(answer)(self)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, *_args):
                """Write nothing to the console."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()


def reply(status, body=b"", headers=None, kind="application/json"):
    """An answer; `body` may be bytes, or an object that becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def write(handler):
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if status != 204:
            handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        if status != 204:
            handler.wfile.write(raw)

    return write


def hang(seconds):
    """An answer after so many seconds."""

    def write(handler):
        time.sleep(seconds)
        reply(200, {})(handler)

    return write


def drip(seconds):
    """An answer that comes byte by byte, for so many seconds."""

    def write(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                handler.wfile.write(b" ")
                handler.wfile.flush()
            except OSError:
                break
            time.sleep(0.05)
        handler.close_connection = True

    return write


def cut_short(handler):
    """Half of an answer, then the connection ends."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b'{"Data": [')
    handler.close_connection = True


def reset(handler):
    """The request was done, and the connection is reset instead of an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.wfile.flush()
    handler.connection.close()
