"""What tests of calls share: connections to simulated vendors, and an adapter that sends without looking."""

from pathlib import Path

from ...adapters.facts import Sent
from ...tools import secrets_box
from ..common import SameCursorMixin, trap_jobs
from ..hub.common import HubMixin
from ..vendor_simulator import VendorSimulator

QUALITY_SCALE = Path(__file__).parents[2] / "adapters" / "quality_scale.yaml"


def create_blindly(adapter, client, outgoing):
    """Stands for an adapter's `send` that does not look first: asked twice, it creates two organizations."""
    answer = client.request("POST", "organizations", json={"Name": outgoing.payload["name"]})
    return Sent(str(answer.json["Data"]["Id"]))


def connect_pulseway(simulator, team, name="Pulseway"):
    """A connection to the simulated Pulseway, with its credential and without pauses between calls."""
    connection = team.env["psa.hub.connection"].create(
        {
            "name": name,
            "adapter": "pulseway",
            "team_id": team.id,
            "base_url": simulator.pulseway_url,
            "may_use_http": True,
            "call_interval": 0,
        }
    )
    connection._set_credential(secrets_box.seal("sim-token-id:sim-token-secret"))
    return connection


class VendorMixin(SameCursorMixin, HubMixin):
    """Connections to simulated vendors, and polls of them. For TransactionCase."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        inside = {"team_id": cls.team.id, "call_interval": 0, "may_use_http": True}
        cls.pulseway, cls.rocketcyber = cls.env["psa.hub.connection"].create(
            [
                {"name": "Pulseway", "adapter": "pulseway", **inside},
                {"name": "RocketCyber", "adapter": "rocketcyber", **inside},
            ]
        )

    def setUp(self):
        super().setUp()
        self.simulator = self.enterContext(VendorSimulator())
        self.pulseway.base_url = self.simulator.pulseway_url
        self.rocketcyber.base_url = self.simulator.rocketcyber_url
        # After the addresses: a change of host makes the connection forget its credential.
        self.pulseway._set_credential(secrets_box.seal("sim-token-id:sim-token-secret"))
        self.rocketcyber._set_credential(secrets_box.seal("sim-rocketcyber-token"))

    def start_poll(self, connection, kind):
        with trap_jobs():
            return self.env["psa.hub.sync"].with_user(self.integration_user)._start(connection, kind)

    def run_poll(self, sync):
        """Do what the job of a poll does."""
        self.env.flush_all()
        with trap_jobs():
            sync._run_pages()
        self.env.invalidate_all()
        return sync

    def poll(self, connection, kind):
        return self.run_poll(self.start_poll(connection, kind))
