"""Service reports and invoices as a client's program fetches them: the renderer is the real one here."""

import pytest
import requests
from psa_cli.wire.wire import ApiClient, wait_for

NOT_READY = 503


@pytest.fixture
def api(instance, wire):
    return wire.api()


def fetch_pdf(api: ApiClient, path: str) -> requests.Response:
    """A document, asked for again while others are being made."""

    def read() -> requests.Response | None:
        answer = api.get(path)
        return None if answer.status_code == NOT_READY else answer

    answer = wait_for(read, interval=0.5)
    assert answer is not None, f"{path} is never ready"
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    return answer


def test_approved_report_is_the_same_file_for_ever(api):
    report = api.get("/svrs", state="approved", limit="1").json()["items"][0]
    first, again = (fetch_pdf(api, f"/svrs/{report['id']}/pdf") for _time in range(2))
    assert first.content == again.content
    assert first.headers["ETag"] == again.headers["ETag"]
    assert report["number"] in first.headers["Content-Disposition"]


def test_invoice_adds_up_and_prints(api):
    summary = api.get("/invoices", kind="invoice", limit="1").json()["items"][0]
    invoice = api.get(f"/invoices/{summary['id']}").json()
    assert summary.items() <= invoice.items()
    assert _cents(invoice["amount_untaxed"]) + _cents(invoice["amount_tax"]) == _cents(invoice["amount_total"])
    assert sum(_cents(line["amount_untaxed"]) for line in invoice["lines"]) == _cents(invoice["amount_untaxed"])
    assert sum(_cents(tax["amount"]) for tax in invoice["taxes"]) == _cents(invoice["amount_tax"])
    fetch_pdf(api, f"/invoices/{invoice['id']}/pdf")


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))
