"""What an adapter for a remote monitoring system (RMM) must be able to do.

An adapter knows one vendor's wire format and nothing of Odoo: it reads headers and payloads and returns the
dataclasses of `facts.py`. It writes no record. Its column in `quality_scale.yaml` says how complete it is.
docs/adapters.md shows how to write one.
"""

from datetime import UTC, datetime


class RmmAdapter:
    """One vendor's way to sign and to write messages, to be asked and to be told.

    The attributes say what it can do; `register` checks that it defines the methods for that.
    `client` below is a VendorClient: it knows the address and the credentials, keeps to the rate, and
    raises CallError for every fault.
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
    # How long one answer may take as a whole, in seconds, however slowly it drips.
    patience = 90
    # How far off the moment in a message may be, in seconds, unless the connection says otherwise.
    tolerance_seconds = 300
    # The fields of a payload without which it cannot be worked, dotted: nobody may have them masked.
    needed_paths = ()
    # Adapters of one and the same monitoring system share its identifiers; another system has a name of its own.
    identity_source = "rmm"

    def is_genuine(self, headers, raw, secrets, now, tolerance):
        """Whether `raw` (bytes) was signed with one of `secrets` and is fresh at `now` (epoch seconds)."""
        return False

    def get_dedupe_key(self, headers, payload):
        """What two deliveries of the same message have in common, polled ones among them (their headers are {})."""

    def get_event_type(self, payload):
        """The vendor's name for the kind of message, empty when there is none."""
        return ""

    def get_device_key(self, payload):
        """What messages that must be worked in order have in common: the device, empty when there is none."""
        return ""

    def parse(self, payload):
        """Return the Device, Alert or Notice in `payload`, or raise PayloadError naming the field.

        Payloads are what was delivered, and the rows that the polls of devices and alerts return.
        """

    def fetch_organizations(self, client, cursor):
        """A Page of Organization; `cursor` is that of the page before, None for the first one."""

    def fetch_devices(self, client, cursor):
        """A Page of payloads that `parse` makes a Device of."""

    def fetch_alerts(self, client, cursor, since, find_known):
        """A Page of payloads that `parse` makes an Alert of: all that happened or changed after `since`.

        `find_known(dedupe keys)` returns those that are in the inbox already, so that nothing is fetched
        in detail for them.
        """

    def probe(self, client):
        """Make one harmless call, to find out whether address and credentials are right; say what was found."""
        kind = self.polls[0]
        if kind == "alerts":
            self.fetch_alerts(client, None, datetime.now(UTC), set)
            return ""
        page = getattr(self, f"fetch_{kind}")(client, None)
        return f"It knows {page.total if page.total is not None else len(page.rows)} {kind}."

    def send(self, client, outgoing):
        """Do one of `operations` at the vendor; return what came of it as Sent."""

    def look_up(self, client, outgoing):
        """What came of `outgoing` if the vendor has done it already, else None."""

    def register_webhook(self, client, name, url):
        """Have the vendor post to `url` from now on; return its signing secret. Done twice, it is registered once."""

    def is_idempotent(self, operation):
        """Whether the vendor itself knows a repeat by the key of the Outgoing."""
        return False
