"""The page of the API's document in a browser: it shows all of it, and tries it with a key that stays in the page."""

import json
from collections.abc import Iterator

import pytest
from psa_cli.openapi import openapi
from psa_cli.screenshots.chrome import Chrome

pytestmark = pytest.mark.heavy

NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
LIST_TICKETS = "#operations-Tickets-list_tickets"


@pytest.fixture
def browser(instance) -> Iterator[Chrome]:
    with Chrome() as chrome:
        chrome.do("Page.addScriptToEvaluateOnNewDocument", source=NOTE_VIOLATIONS)
        chrome.go(f"{instance['url']}/psa/api/v1/docs", ".swagger-ui .opblock")
        yield chrome
        assert chrome.evaluate("window.violations") == []


def type_key(browser: Chrome, key: str) -> None:
    browser.click(".btn.authorize")
    browser.wait(".auth-container input")
    browser.evaluate("document.querySelector('.auth-container input').focus()")
    browser.do("Input.insertText", text=key)
    browser.click(".auth-btn-wrapper .authorize")
    browser.click(".auth-btn-wrapper .btn-done")


def press_execute(browser: Chrome, operation: str) -> None:
    """The viewer shows the button a moment before it is ready for a press: no person is as quick as that."""
    browser.wait(f"{operation} .btn.execute")
    browser.settle(2)
    answer = f"{operation} .live-responses-table .response-col_status"
    pressed_until_answered = f"""(() => {{
        if (document.querySelector("{answer}")) return true;
        document.querySelector("{operation} .btn.execute:enabled")?.click();
        return false;
    }})()"""
    browser.until(pressed_until_answered, answer)


def test_page_shows_every_address_and_event(browser, instance):
    document = openapi.fetch(instance)
    shown = browser.evaluate("[...document.querySelectorAll('.opblock-summary-path')].map((each) => each.textContent)")
    shown = [path.replace("\u200b", "") for path in shown]
    wanted = [path for path, item in document["paths"].items() for _method in item]
    assert sorted(shown) == sorted([*wanted, *document["webhooks"]])


def test_address_is_tried_with_a_key_that_stays_in_the_page(browser, instance):
    key = instance["api"]["key"]
    type_key(browser, key)
    browser.click(f"{LIST_TICKETS} .opblock-summary-control")
    press_execute(browser, LIST_TICKETS)
    status = browser.evaluate(f"document.querySelector('{LIST_TICKETS} .live-responses-table tbody td').textContent")
    assert status.startswith("200")
    kept = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    assert key not in browser.evaluate(kept)
    browser.go(f"{instance['url']}/psa/api/v1/docs", ".swagger-ui .opblock")
    assert browser.evaluate("document.querySelectorAll('.btn.authorize.unlocked').length") == 1
    assert key not in json.dumps(browser.evaluate("document.documentElement.outerHTML"))
