"""The API's document: what the suite says of itself, the copies of it that are kept, and clients made from it."""

import json
import subprocess

import pytest
import requests
from psa_cli.openapi import openapi
from psa_cli.openapi.api_breaks import find_breaks
from psa_cli.wire import api_tools

CLIENT = "stratum_psa_client"
# The generator knows files by one media type only.
CONFIG = """
post_hooks: []
content_type_overrides: {"*/*": application/octet-stream, application/pdf: application/octet-stream}
"""
# Uses the client that was made, as a program of a client's would.
PROGRAM = """
import sys

from stratum_psa_client import AuthenticatedClient
from stratum_psa_client.api.tickets import create_ticket, get_ticket, list_tickets
from stratum_psa_client.models import ContactIn, ProblemOut, TicketIn, TicketOut

base, key, reference = sys.argv[1:]
client = AuthenticatedClient(base_url=base, token=key, raise_on_unexpected_status=True)
wanted = TicketIn(
    subject="Label printer prints blank labels",
    description="Since this morning, at both counters.",
    contact=ContactIn(name="Sofia Marino", phone="02 5550 2101"),
    external_reference=reference,
)
made = create_ticket.sync(client=client, body=wanted, idempotency_key=reference)
assert isinstance(made, TicketOut), made
assert create_ticket.sync(client=client, body=wanted, idempotency_key=reference) == made
assert get_ticket.sync(made.number, client=client) == made
page = list_tickets.sync(client=client, external_reference=reference)
assert [ticket.number for ticket in page.items] == [made.number], page
assert page.next_cursor is None
missing = get_ticket.sync("HT99999999", client=client)
assert isinstance(missing, ProblemOut), missing
assert missing.status == 404
print(made.number)
"""


@pytest.fixture
def document(instance):
    return openapi.fetch(instance)


def test_document_is_the_copy_that_is_kept(document):
    assert openapi.spell(document) == openapi.PRESENT.read_text(encoding="utf-8"), "run scripts/psa openapi"


def test_document_keeps_what_the_last_release_promised(document):
    assert find_breaks(json.loads(openapi.RELEASED.read_text(encoding="utf-8")), document) == []


def test_document_is_a_valid_one(document, tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    done = subprocess.run([api_tools.tool("openapi-spec-validator"), path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_document_that_is_known_is_not_sent_again(instance):
    address = f"{instance['url']}/psa/api/v1/openapi.json"
    first = requests.get(address, timeout=30)
    again = requests.get(address, headers={"If-None-Match": first.headers["ETag"]}, timeout=30)
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_client_made_from_the_document_opens_and_reads_tickets(instance, document, tmp_path):
    source, config, target = tmp_path / "openapi.json", tmp_path / "config.yaml", tmp_path / CLIENT
    source.write_text(json.dumps(document))
    config.write_text(CONFIG)
    made = subprocess.run(
        [
            api_tools.tool("openapi-python-client"),
            "generate",
            f"--path={source}",
            f"--config={config}",
            f"--output-path={target}",
            "--meta=none",
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    entry = instance["api"]
    done = subprocess.run(
        [api_tools.tool("python"), "-c", PROGRAM, entry["base"], entry["key"], f"PO-{tmp_path.name}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
