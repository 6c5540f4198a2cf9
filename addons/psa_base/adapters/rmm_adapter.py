"""What an adapter for a remote monitoring system (RMM) must be able to do.

An adapter knows one vendor's wire format and nothing of Odoo: it reads headers and payloads and returns the
dataclasses of `facts.py`. It writes no record. Its column in `quality_scale.yaml` says how complete it is.
docs/adapters.md shows how to write one.
"""

from datetime import UTC, datetime


class RmmAdapter:
    """The interface of an adapter: how one vendor signs and writes messages, and how its API is called.

    The attributes say what an adapter can do; `register` checks that it defines the methods for that. `client` in the
    methods is a VendorClient: it knows the address and the credentials, keeps to the rate, and raises CallError for
    every fault.
    """

    code = ""
    label = ""
    receives = True
    polls = ()
    operations = frozenset()
    registers_webhooks = False
    default_base_url = ""
    auth = None
    min_interval = 1.0
    # How many seconds one answer may take as a whole.
    patience = 90
    # How many seconds the time in a message may be off, unless the connection says otherwise.
    tolerance_seconds = 300
    # The fields (dotted paths) without which a payload cannot be worked: they cannot be masked.
    needed_paths = ()
    # Whose device identifiers these are. Adapters of the same monitoring system have the same source.
    identity_source = "rmm"

    def is_genuine(self, headers, raw, secrets, now, tolerance):
        """Whether `raw` (bytes) was signed with one of `secrets` and is fresh at `now` (epoch seconds)."""
        return False

    def get_dedupe_key(self, headers, payload):
        """A key that is the same for every delivery of a message, polled ones (with headers {}) among them."""

    def get_event_type(self, payload):
        """The vendor's name for the kind of message; empty when there is none."""
        return ""

    def get_device_key(self, payload):
        """What messages that must be worked in order have in common: the device; empty when there is none."""
        return ""

    def parse(self, payload):
        """Return the Device, Alert or Notice in `payload`, or raise PayloadError naming the field.

        Payloads are delivered messages, and rows of the pages that polls of devices and alerts fetched.
        """

    def fetch_organizations(self, client, cursor):
        """A Page of Organizations. `cursor` is that of the page before, None for the first page."""

    def fetch_devices(self, client, cursor):
        """A Page of payloads that `parse` makes a Device of."""

    def fetch_alerts(self, client, cursor, since, find_known):
        """A Page of payloads that `parse` makes an Alert of: all alerts that happened or changed after `since`.

        `find_known(dedupe keys)` returns those that are in the inbox already: their details need not be fetched.
        """

    def probe(self, client):
        """Make one harmless call to check address and credentials; returns a sentence about what was found."""
        kind = self.polls[0]
        if kind == "alerts":
            self.fetch_alerts(client, None, datetime.now(UTC), set)
            return ""
        page = getattr(self, f"fetch_{kind}")(client, None)
        return f"It knows {page.total if page.total is not None else len(page.rows)} {kind}."

    def send(self, client, outgoing):
        """Do one of `operations` at the vendor; returns the result as Sent."""

    def look_up(self, client, outgoing):
        """The result as Sent if the vendor has done `outgoing` already, else None."""

    def register_webhook(self, client, name, url):
        """Have the vendor post to `url`; returns its signing secret. Doing it twice leaves one webhook."""

    def is_idempotent(self, operation):
        """Whether the vendor itself recognizes a repeat by the key of the Outgoing."""
        return False
