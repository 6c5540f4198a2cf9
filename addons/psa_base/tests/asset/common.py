"""What the tests of devices share, beside what all tests share."""

from datetime import datetime, timedelta

from ...adapters.facts import Device
from ...services.asset.devices import upsert_devices
from ..hub.common import HubMixin


class DeviceMixin(HubMixin):
    """Devices that tell of themselves, so many minutes after the start."""

    START = datetime(2026, 7, 6, 9, 0)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub = cls.connection.with_user(cls.integration_user)
        cls.other_client = cls.env["res.partner"].create(
            {"name": "Fabrikam", "is_company": True, "rmm_group": "Fabrikam"}
        )

    def create_asset(self, **values):
        return self.env["psa.asset"].create({"name": "SRV-FS01", "partner_id": self.client.id, **values})

    def upsert(self, identifier="id-1", minute=0, is_scheduled=False, **values):
        told = {"name": "SRV-FS01", "group": "Northwind Dental", "serial_number": "5CG1234XYZ", **values}
        return upsert_devices(
            self.hub, [Device(identifier, **told)], self.START + timedelta(minutes=minute), is_scheduled=is_scheduled
        )

    def register(self, *args, **values):
        result = self.upsert(*args, **values)
        self.assertFalse(result.letters, [str(letter) for _device, letter in result.letters])
        self.env.invalidate_all()
        return self.env["psa.asset"].browse(*result.asset_ids.values())

    def assert_doubtful(self, assets, *args, **values):
        """The device could be these: nothing happens, and a person is asked."""
        before = self.env["psa.asset"].search_count([])
        result = self.upsert(*args, **values)
        [(_device, letter)] = result.letters
        self.assertEqual(letter.mend, "match_device", str(letter))
        self.assertEqual(letter.values["candidate_ids"], assets.sorted("id").ids)
        self.assertEqual(self.env["psa.asset"].search_count([]), before)
        return letter
