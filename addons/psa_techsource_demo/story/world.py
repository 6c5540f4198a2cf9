from odoo import SUPERUSER_ID, api

from odoo.addons.psa_base.tools.origin import Origin

MODULE = "psa_techsource_demo"


class World:
    """What the chapters of the story share: the environment and the names of things in it."""

    def __init__(self, env):
        self.env = api.Environment(env.cr, SUPERUSER_ID, self._context(env))
        self._records = {}

    @staticmethod
    def _context(env):
        """Australian English, and neither invitations nor mail about assignments, because the past is made up.

        Other mail stays in the queue, which is emptied in the end.
        """
        return {
            **env.context,
            "lang": "en_AU",
            "tz": "Australia/Sydney",
            "no_reset_password": True,
            "mail_auto_subscribe_no_notify": True,
            "mail_notify_force_send": False,
        }

    @property
    def company(self):
        return self.env.ref("base.main_company")

    def name(self, records_by_key):
        """Give records the external ids `<module>.<key>`, so that `ref` finds them by key."""
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": f"{MODULE}.{key}", "record": record, "noupdate": True}
                for key, record in records_by_key.items()
            ]
        )

    def ref(self, key):
        """The record of that key, looked up once: nothing that has a name goes away during the story."""
        if key not in self._records:
            self._records[key] = self.env.ref(f"{MODULE}.{key}")
        return self._records[key]

    def user(self, key):
        return self.ref(f"user_{key}")

    def env_of(self, key, origin=Origin.FORM):
        """The environment of the person `key`, who works on the screen unless `origin` says another way."""
        return self.env(user=self.user(key), context={**self.env.context, **origin.context})
