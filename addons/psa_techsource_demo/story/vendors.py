"""What the vendors report: organizations, devices of each night, and cases that only a person can settle."""

from datetime import timedelta
from functools import partial

from odoo.addons.psa_base.adapters.facts import Organization, Sent
from odoo.addons.psa_base.exceptions import CallError, ErrorClass
from odoo.addons.psa_base.models.calls.psa_hub_outbox_sending import Outcome

from .assets import FLEETS
from .hub import GENERIC, ORGANIZATIONS, PULSEWAY, ROCKETCYBER, stamp

# A practice that is no client yet, and the ID of its group or account in each system.
PROSPECT = "Blue Gum Physiotherapy"
PROSPECT_IDS = {PULSEWAY: 4863, ROCKETCYBER: 51944}

# How many days ago the devices were polled, at night.
NIGHTS = range(7, 0, -1)
# In the last week, some of these devices report every so many hours that they are online, also at the weekend.
CHECK_IN_EVERY, CHECK_IN_STEMS = 2, ("BNK-", "GRI-")


class Vendors:
    """What vendors send and what people do about it, as steps of the story."""

    def __init__(self, hub):
        self.hub = hub
        self.world = hub.world

    def get_steps(self, clock):
        ago, hours = clock.hours_ago, lambda number: clock.now - timedelta(hours=number)
        return [
            (ago(1030), self._know_clients),
            (ago(900), self._share_ownership),
            *((hours(number), self._check_in) for number in range(7 * 24 - 1, 0, -CHECK_IN_EVERY)),
            *((_get_night(clock, days), partial(self._poll_devices, days)) for days in NIGHTS),
            *((hours(number), self._poll_incidents) for number in range(46, 1, -6)),
            (hours(143), self._find_group_of_another_spelling),
            (hours(141), self._map_that_group),
            (hours(122), self._sign_up_known_client),
            (hours(75), self._sign_up_refused_client),
            (hours(69), self._send_nonsense),
            (hours(49), partial(self._register_stranger, "BGP-FRONTDESK", PROSPECT)),
            (hours(26), self._watch_prospect),
            (hours(11), self._alert_of_nobody),
            (hours(4), partial(self._register_stranger, "HHL-LT-11", "Harbour & Hale Solicitors")),
            (hours(3), self._decide_conflict),
        ]

    def _know_clients(self):
        """The vendors' organizations are fetched and linked to clients: by name, and one with another name by hand."""
        for connection, known in ORGANIZATIONS.items():
            names = [*known.values(), (PROSPECT_IDS[connection], PROSPECT)]
            self.hub.env["psa.hub.organization"]._remember(
                self.hub.get_connection(connection), {str(identifier): name for identifier, name in names}
            )
        organizations = self.world.env_of("admin")["psa.hub.organization"].search([])
        organizations.action_link_suggestion()
        for organization in organizations.filtered(lambda row: row.name.startswith("Harbour")):
            organization.partner_id = self.world.ref("partner_harbour")

    def _share_ownership(self):
        """From now on somebody has to approve a changed serial number."""
        rules = self.world.env_of("admin")["psa.hub.ownership"]
        rules.search([("field", "=", "serial_number")]).flow = "approval"

    def _check_in(self):
        known = [
            self.hub.get_asset(f"{batch.stem}-{number:02d}")
            for fleet in FLEETS.values()
            for batch in fleet
            for number in range(1, batch.count + 1)
            if batch.stem.startswith(CHECK_IN_STEMS)
        ]
        told = sorted(self.hub.rng.sample(known, self.hub.rng.randint(1, 9)), key=lambda asset: asset.id)
        self.hub.receive(
            GENERIC,
            *(
                self.hub.register(
                    asset.name, asset.partner_id.name, asset.pulseway_id, asset.os_info, asset.serial_number
                )
                for asset in told
            ),
        )

    def _poll_devices(self, days):
        """Poll all devices of Pulseway; in the last nights some of them differ from what they were."""
        rows = [self._show_device(asset) for asset in self._get_watched()]
        if days == 1:
            rows += self._get_doubtful()
        if days <= 2:
            self._change(rows, "NWD-NAS-01", serial="2150SBRKQ7T31")
            self._change(rows, "HHL-FW-01", serial="FGT60FTK22017744")
        if days <= 4:
            self._change(rows, "HHL-LT-03", identifier="7d1f5a64-3f0c-4c57-9d0b-6f2a90c1e4b8")
        names = [*ORGANIZATIONS[PULSEWAY].values(), (PROSPECT_IDS[PULSEWAY], PROSPECT)]
        self.hub.poll(PULSEWAY, "organizations", [Organization(str(identifier), name) for identifier, name in names])
        self.hub.poll(PULSEWAY, "devices", rows)

    def _get_watched(self):
        clients = [self.world.ref(f"partner_{key}").id for key in ORGANIZATIONS[PULSEWAY]]
        assets = self.world.env["psa.asset"]
        return assets.search([("partner_id", "in", clients), ("state", "!=", "decommissioned")], order="id")

    def _show_device(self, asset):
        key = next(key for key in ORGANIZATIONS[PULSEWAY] if self.world.ref(f"partner_{key}") == asset.partner_id)
        identifier, name = ORGANIZATIONS[PULSEWAY][key]
        return _make_device(asset.pulseway_id, asset.name, asset.os_info, asset.serial_number, identifier, name)

    def _change(self, rows, hostname, serial="", identifier=""):
        for row in rows:
            if row["Name"] == hostname:
                row["Identifier"] = identifier or row["Identifier"]
                row["AssetInfo"] = _make_asset_info(serial) if serial else row["AssetInfo"]

    def _get_doubtful(self):
        """A tablet that was set up anew and has no serial number, and a laptop that turns up at another client."""
        laptop = self.hub.get_asset("HHL-LT-09")
        freight, wattle = ORGANIZATIONS[PULSEWAY]["freight"], ORGANIZATIONS[PULSEWAY]["wattle"]
        return [
            _make_device(
                "0b8de3a5-8d1c-4a43-b0c6-1f4e7a9d2c31",
                "SCF-TABLET-02",
                "Windows 11 Pro 24H2",
                "To be filled by O.E.M.",
                *freight,
            ),
            _make_device(
                "c2a47f10-5b7e-4d0c-9a3e-8e6b1d5f7a92",
                "WPC-STAFF-06",
                laptop.os_info,
                laptop.serial_number,
                *wattle,
            ),
        ]

    def _poll_incidents(self):
        """RocketCyber has no incidents at these times."""
        self.hub.poll(ROCKETCYBER, "alerts", [])

    def _find_group_of_another_spelling(self):
        asset = self.hub.get_asset("GRI-POS-03")
        self.letter = self.hub.receive(
            GENERIC,
            self.hub.register(
                asset.name, "Grindstone Cafe Group Pty Ltd", asset.pulseway_id, asset.os_info, asset.serial_number
            ),
        )

    def _map_that_group(self):
        """Operations say which client the group belongs to, so the message is processed after all."""
        dialog = self.world.env_of("operations")["psa.hub.map.client"].create(
            {
                "connection_id": self.letter.connection_id.id,
                "group": "Grindstone Cafe Group Pty Ltd",
                "partner_id": self.world.ref("partner_grindstone").id,
            }
        )
        dialog.action_map()

    def _sign_up_known_client(self):
        message = self._sign_up("Kirribilli Veterinary Clinic")
        self._send(message, Outcome(sent=Sent("4870", {"name": message.payload["name"]}), duration_ms=412))

    def _sign_up_refused_client(self):
        message = self._sign_up("Coogee Sailing School")
        error = CallError("Pulseway does not take organizations by this key (405).", ErrorClass.PERMANENT, status=405)
        outcome = Outcome(
            text=str(error),
            error_class=error.error_class,
            error_type="CallError",
            status=error.status,
            is_final=True,
            mend="check_settings",
            duration_ms=238,
        )
        self._send(message, outcome)

    def _sign_up(self, name):
        """Create a client that Pulseway is to have as an organization, and return the message to Pulseway."""
        connection = self.world.ref(PULSEWAY).with_env(self.world.env_of("admin"))
        connection.creates_organizations = True
        client = self.world.env["res.partner"].create({"name": name, "is_company": True})
        connection.creates_organizations = False
        outbox = self.hub.env["psa.hub.outbox"]
        return outbox.search([("res_model", "=", client._name), ("res_id", "=", client.id)])

    def _send(self, message, outcome):
        claim = message._claim_next(message.connection_id.id)
        message.flush_recordset()
        message._record_outcome(claim, outcome)

    def _send_nonsense(self):
        asset = self.hub.get_asset("BNK-NAS-01")
        payload = {
            "EventType": "Notification",
            "SystemIdentifier": asset.pulseway_id,
            "Header": "Volume 1 is degraded",
            "Message": "Drive 3 was taken out of the volume.",
            "Priority": "Urgent",
        }
        self.hub.receive(GENERIC, payload)

    def _register_stranger(self, name, group):
        identifier, serial = f"demo-{name.lower()}", f"{name[:3]}7K2M"
        self.hub.receive(GENERIC, self.hub.register(name, group, identifier, "Windows 11 Pro 24H2", serial))

    def _watch_prospect(self):
        incident = {
            "id": 7001302,
            "title": "Sign-in from two countries within an hour",
            "description": "reception@bluegum.example signed in from Sydney, and 22 minutes later from Vilnius.",
            "remediation": "Reset the password and end all sessions.",
            "status": "open",
            "accountId": PROSPECT_IDS[ROCKETCYBER],
            "accountName": PROSPECT,
            "eventCount": 4,
            "createdAt": stamp(timedelta(minutes=6)),
            "updatedAt": stamp(timedelta(minutes=2)),
            "resolvedAt": None,
        }
        self.hub.poll(ROCKETCYBER, "alerts", [incident])

    def _alert_of_nobody(self):
        payload = {
            "Id": next(self.hub.numbers),
            "Title": "Low disk space",
            "Message": "Drive C: of 'WPC-LAB-01' has 3% free.",
            "DateTime": stamp(),
            "Priority": "Elevated",
            "DeviceIdentifier": "5e0b1c9a-2f67-4c1a-8f0e-3b7d6a4c9e12",
            "OrganizationId": ORGANIZATIONS[PULSEWAY]["wattle"][0],
        }
        self.hub.receive(PULSEWAY, payload)

    def _decide_conflict(self):
        """Operations keep the old serial number of the firewall, because it was not exchanged."""
        conflicts = self.world.env_of("operations")["psa.hub.conflict"]
        conflicts.search([("asset_id", "=", self.hub.get_asset("HHL-FW-01").id)]).action_keep_ours()


def _get_night(clock, days):
    """Ten past two at night in the desk's summer time."""
    return (clock.now - timedelta(days=days)).replace(hour=15, minute=10, second=0)


def _make_device(identifier, name, os, serial, organization_id, organization):
    return {
        "Identifier": identifier,
        "Name": name,
        "GroupName": "Managed devices",
        "OrganizationId": organization_id,
        "OrganizationName": organization,
        "Description": os,
        "LastSeenOnline": stamp(timedelta(minutes=4)),
        "InMaintenance": False,
        "AssetInfo": _make_asset_info(serial),
    }


def _make_asset_info(serial):
    return [{"CategoryName": "BIOS", "CategoryData": {"Serial Number": serial}}]
