"""`scripts/psa openapi`: the stored copies of the API's document, and what a new one would break.

docs/openapi-v1.json is what the code says now; docs/openapi-v1-released.json is what the last release promised.
"""

import json
from typing import Any

import requests

from ..errors import PsaError
from ..odoo import instance
from ..paths import ROOT
from ..ui import say
from ..wire.wire import TIMEOUT
from .api_breaks import find_breaks

PRESENT = ROOT / "docs" / "openapi-v1.json"
RELEASED = ROOT / "docs" / "openapi-v1-released.json"

Document = dict[str, Any]


def run(release: bool) -> int:
    """Write the copy from the running suite. 1 when it breaks what the last release promised."""
    running = instance.need_running()
    document = fetch(running)
    PRESENT.write_text(spell(document), encoding="utf-8")
    say(f"{PRESENT.relative_to(ROOT)} is what the suite at {running['url']} says")
    if RELEASED.is_file() and (breaks := find_breaks(json.loads(RELEASED.read_text(encoding="utf-8")), document)):
        say("It breaks what the last release promised:")
        for sentence in breaks:
            say(f"  {sentence}")
        return 1
    if release:
        RELEASED.write_text(spell(document), encoding="utf-8")
        say(f"{RELEASED.relative_to(ROOT)} promises the same from now on")
    return 0


def fetch(suite: dict[str, Any]) -> Document:
    """The document of a running suite."""
    answer = requests.get(f"{suite['url']}/psa/api/v1/openapi.json", timeout=TIMEOUT)
    if answer.status_code != requests.codes.ok:
        raise PsaError(f"{answer.url} answers {answer.status_code}; look into the log of the suite")
    return answer.json()


def spell(document: Document) -> str:
    """The text of a copy: a line for each thing, so that a change is easy to see."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
