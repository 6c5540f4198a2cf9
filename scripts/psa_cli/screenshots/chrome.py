"""Headless Chromium by its DevTools protocol: just what taking pictures of pages needs."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import requests
import websocket

from ..errors import PsaError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The portal's messages live in a shadow tree and come after the page.
MESSAGES_ARE_THERE = """(() => {
    const root = document.querySelector("#chatterRoot")?.shadowRoot;
    const wanted = document.querySelector(".o_portal_chatter");
    return !wanted || Boolean(root?.querySelector(".o-mail-Message, .o-mail-Thread-empty"));
})()"""
# So do the counters of the portal's home.
COUNTERS_ARE_THERE = "!document.querySelector('.o_portal_doc_spinner')?.getClientRects().length"
STILL = "* { animation: none !important; transition: none !important; caret-color: transparent !important }"


class Chrome:
    """One window of `size`; cookies last as long as the window, see `forget`."""

    def __init__(self, size: tuple[int, int] = (1440, 900), timeout: float = 60) -> None:
        self.size = size
        self.timeout = timeout
        self.sent = 0

    def __enter__(self) -> "Chrome":
        self.profile = tempfile.TemporaryDirectory(prefix="psa-chrome-", ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            self._command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.socket = websocket.create_connection(self._page_address(), timeout=self.timeout, suppress_origin=True)
        self.do("Page.enable")
        width, height = self.size
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.do("Emulation.setTimezoneOverride", timezoneId="Australia/Sydney")
        self.do("Emulation.setLocaleOverride", locale="en-AU")
        return self

    def __exit__(self, *_raised: object) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(10)
        self.profile.cleanup()

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events in between are dropped."""
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.sent:
                if "error" in message:
                    raise PsaError(f"Chromium refused {method}: {message['error']['message']}")
                return message["result"]

    def evaluate(self, script: str) -> Any:
        result = self.do("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise PsaError(f"The page failed on {script!r}: {result['exceptionDetails']['text']}")
        return result["result"].get("value")

    def go(self, url: str, ready: str) -> None:
        """Open `url` and wait until the CSS selector `ready` is there and visible."""
        self.do("Page.navigate", url=url)
        self.wait(ready)

    def click(self, selector: str) -> None:
        self.wait(selector)
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def show(self, selector: str) -> None:
        """Scroll the element into the window."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")

    def wait(self, selector: str) -> None:
        script = f"""(() => {{
            const found = document.readyState === "complete" && document.querySelector({json.dumps(selector)});
            return Boolean(found && found.getClientRects().length);
        }})()"""
        self.until(script, selector)

    def until(self, script: str, what: str) -> None:
        """Ask the page ten times a second until `script` is true; `what` says in the error what never came."""
        deadline = time.monotonic() + self.timeout
        while not self._is_true(script):
            if time.monotonic() > deadline:
                raise PsaError(f"{self.evaluate('location.href')} never showed {what}")
            time.sleep(0.1)

    def settle(self, seconds: float = 1.0) -> None:
        """Nothing moves any more: animations are off, fonts and what loads after the page are there."""
        self.until(MESSAGES_ARE_THERE, "its messages")
        self.until(COUNTERS_ARE_THERE, "its counters")
        self.evaluate(
            f"""(() => {{
                const style = document.createElement("style");
                style.textContent = {json.dumps(STILL)};
                document.head.append(style);
                document.activeElement?.blur();
                return document.fonts.ready.then(() => true);
            }})()"""
        )
        time.sleep(seconds)

    def picture(self, path: Path) -> None:
        data = self.do("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    def forget(self) -> None:
        """Be nobody again."""
        self.do("Network.clearBrowserCookies")

    def set_cookie(self, url: str, name: str, value: str) -> None:
        self.do("Network.setCookie", url=url, name=name, value=value)

    def _is_true(self, script: str) -> bool:
        """While a page goes and the next one comes, there is nothing to ask: that is a no."""
        try:
            return bool(self.evaluate(script))
        except PsaError:
            return False

    def _command(self) -> list[str]:
        binary = next(filter(None, map(shutil.which, NAMES)), None)
        if not binary:
            raise PsaError("There is no Chromium here; install the package chromium and try again.")
        width, height = self.size
        return [
            binary,
            "--headless=new",
            "--remote-debugging-port=0",
            f"--user-data-dir={self.profile.name}",
            f"--window-size={width},{height}",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--no-first-run",
            *(["--no-sandbox"] if os.getuid() == 0 else []),
            "about:blank",
        ]

    def _page_address(self) -> str:
        """Chromium writes the port that it took into its profile."""
        port_file = Path(self.profile.name) / "DevToolsActivePort"
        deadline = time.monotonic() + self.timeout
        while not (port_file.exists() and port_file.read_text().strip()):
            if time.monotonic() > deadline:
                raise PsaError("Chromium did not start.")
            time.sleep(0.1)
        port = port_file.read_text().split()[0]
        targets = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=self.timeout).json()
        return next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")
