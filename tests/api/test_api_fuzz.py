"""Whatever is sent, the answer is one that the API's document promises: schemathesis, with all of its checks.

What schemathesis must know of the API is in config/api. For another run, set PSA_FUZZ_SEED; for a longer
one, PSA_FUZZ_EXAMPLES and PSA_FUZZ_SECONDS.
"""

import json
import os
import re
import subprocess

import pytest
from psa_cli.openapi import openapi
from psa_cli.wire import api_tools
from psa_cli.wire.programs import Program
from psa_cli.wire.wire import ApiClient

pytestmark = pytest.mark.heavy

EXAMPLES, FULL_EXAMPLES = 1, 5
SECONDS, FULL_SECONDS = 60, 150
SEED = int(os.environ.get("PSA_FUZZ_SEED", "1"))
# Parameter of a path -> the list that says what there is, and the field of its items.
LISTS = {
    "number": ("/tickets", "number"),
    "asset_id": ("/assets", "id"),
    "svr_id": ("/svrs", "id"),
    "invoice_id": ("/invoices", "id"),
}


def find_known(client: ApiClient) -> dict[str, list[int | str]]:
    return {
        name: [item[field] for item in client.get(path, limit="5").json()["items"]]
        for name, (path, field) in LISTS.items()
    }


def test_answers_are_those_that_the_document_promises(instance, wire, tmp_path, full_size, record_property):
    examples = os.environ.get("PSA_FUZZ_EXAMPLES", FULL_EXAMPLES if full_size else EXAMPLES)
    seconds = os.environ.get("PSA_FUZZ_SECONDS", FULL_SECONDS if full_size else SECONDS)
    client = Program.create(wire)
    known = find_known(client)
    assert all(known.values()), known
    done = subprocess.run(
        [
            api_tools.tool("schemathesis"),
            f"--config-file={api_tools.PINS.parent / 'schemathesis.toml'}",
            "run",
            f"{client.base}/openapi.json",
            f"--header=Authorization: {client.headers['Authorization']}",
            "--checks=all",
            f"--max-examples={examples}",
            f"--max-time={seconds}",
            f"--seed={SEED}",
            "--no-color",
        ],
        cwd=tmp_path,
        env={**os.environ, "PSA_API_KNOWN": json.dumps(known), "PYTHONPATH": str(api_tools.PINS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    # all but the document itself, which schemathesis leaves out
    count = sum(len(item) for item in openapi.fetch(instance)["paths"].values()) - 1
    assert f"Selected: {count}/{count}" in done.stdout
    generated = re.search(r"(\d+) generated", done.stdout)[1]
    record_property("figure", f"{generated} requests to {count} addresses: each answer is one that is promised")
