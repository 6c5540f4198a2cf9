"""Requests that never become one: what the HTTP server itself refuses is a problem, too, and no page of HTML."""

import json
import socket
from urllib.parse import urlsplit

import pytest
import requests

HOST = b"Host: here\r\n"
TOO_LARGE = {
    "address of 70 kB": (b"GET /psa/api/v1/tickets?q=" + b"x" * 70_000 + b" HTTP/1.1\r\n" + HOST, 414),
    "header of 70 kB": (b"GET /psa/api/v1/tickets HTTP/1.1\r\n" + HOST + b"X-Long: " + b"x" * 70_000 + b"\r\n", 431),
    "200 headers": (b"GET /psa/api/v1/tickets HTTP/1.1\r\n" + HOST + b"X-One: more\r\n" * 200, 431),
}
# What does not say that it is HTTP/1 is answered as HTTP/0.9 has it, by the body alone.
NOT_HTTP = {
    "no request": b'"{}%s\\ <b>\r\n',
    "five words": b'GET /psa/api/v1/tickets and "more" \\ HTTP/1.1\r\n',
    "address of nothing": b"GET http://[ HTTP/1.1\r\nHost: here\r\n",
    "version of nothing": b"GET /psa/api/v1/tickets HTTP/one\r\n",
}


def send(address, raw):
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return answer


@pytest.fixture
def address(instance):
    parts = urlsplit(instance["url"])
    yield parts.hostname, parts.port
    assert requests.get(f"{instance['url']}/psa/api/v1/openapi.json", timeout=30).ok, "others are served as before"


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_to_read_is_answered_by_a_problem(address, name):
    raw, status = TOO_LARGE[name]
    head, _blank, body = send(address, raw + b"\r\n").partition(b"\r\n\r\n")
    assert f" {status} ".encode() in head.splitlines()[0]
    assert b"content-type: application/problem+json" in head.lower()
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["title"]


@pytest.mark.parametrize("name", NOT_HTTP)
def test_what_is_not_http_is_answered_by_a_problem(address, name):
    _head, _blank, body = send(address, NOT_HTTP[name] + b"\r\n").rpartition(b"\r\n\r\n")
    assert json.loads(body)["status"] == 400
