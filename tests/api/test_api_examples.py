"""What docs/api.md shows is run as it stands: the commands in a shell, the Python as one program."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psa_cli.openapi import openapi
from standardwebhooks import Webhook

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
SECRET = "whsec_" + base64.b64encode(hashlib.sha256(b"a secret").digest()).decode()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def environment(instance):
    return {**os.environ, "PSA_API": instance["api"]["base"], "PSA_KEY": instance["api"]["key"]}


def test_shell_examples_are_answered(environment):
    commands = [block for block in blocks("sh") if "$PSA_API" in block]
    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(["sh", "-ec", command], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert {"number", "items"} & set(json.loads(done.stdout))


def test_python_examples_do_what_the_page_says(environment):
    program = "\n".join(blocks("python"))
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_page_names_every_address_with_its_scope(instance):
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    for path, item in openapi.fetch(instance)["paths"].items():
        for method, operation in item.items():
            address = f"`{method.upper()} {re.sub('{[a-z]+_id}', '{id}', path)}`"
            scopes = [f"`{scope}`" for need in operation["security"] for scope in need["key"]] or ["no key"]
            assert any(address in row and row.endswith(f"| {scopes[0]} |") for row in rows), address


def test_page_names_every_event(instance):
    page = PAGE.read_text(encoding="utf-8")
    assert [event for event in openapi.fetch(instance)["webhooks"] if f"`{event}`" not in page] == []


# --- the receiver of webhooks ---


@pytest.fixture
def verify():
    [source] = [block for block in blocks("python") if "def verify(" in block]
    names: dict = {}
    exec(source, names)  # noqa: S102 - it is our own page
    return names["verify"]


@pytest.fixture
def delivery():
    """A message as the official library signs it: its headers and its body."""
    body, now = b'{"type": "ticket.created"}', int(time.time())
    signature = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(now, UTC), body.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": signature}, body


def test_receiver_takes_what_is_genuine(verify, delivery):
    headers, body = delivery
    assert verify(SECRET, headers, body)
    assert verify(SECRET, {**headers, "webhook-signature": f"v1,b3RoZXI= {headers['webhook-signature']}"}, body)


@pytest.mark.parametrize(
    "change", [{"webhook-signature": "v1,b3RoZXI="}, {"webhook-signature": ""}, {"webhook-id": "msg_2"}], ids=str
)
def test_receiver_refuses_what_is_forged(verify, delivery, change):
    headers, body = delivery
    assert not verify(SECRET, {**headers, **change}, body)
    assert not verify(SECRET, headers, body + b" ")


def test_receiver_refuses_what_is_old(verify, delivery):
    headers, body = delivery
    assert not verify(SECRET, headers, body, now=time.time() + 600)
