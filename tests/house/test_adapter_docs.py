"""The page on adapters shows a whole one: the very file that the suite's tests run."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_page_shows_the_adapter_that_is_tested():
    page = (ROOT / "docs" / "adapters.md").read_text()
    shown = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    shown = shown.replace("from odoo.addons.psa_base.adapters import register\n", "").replace("@register\n", "")
    assert shown == (ROOT / "addons" / "psa_base" / "tests" / "tinkerbell.py").read_text()


def test_page_has_every_adapter_of_the_folder():
    page = (ROOT / "docs" / "adapters.md").read_text()
    code = "\n".join(file.read_text() for file in (ROOT / "addons" / "psa_base" / "adapters").glob("*.py"))
    for label in re.findall(r'^    label = "(\w+)', code, re.MULTILINE):
        assert label in page
