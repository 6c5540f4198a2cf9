import re

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, TransactionCase, tagged

from ...tools.health import prometheus
from ..common import new_test_user, read_payload
from ..hub.common import HubMixin
from ..queries import count_queries

_SAMPLE = re.compile(r'[a-z_]+(\{([a-z_]+="([^"\\\n]|\\.)*",?)+\})? -?[0-9.e+]+(inf|nan)?')


@tagged("post_install", "-at_install")
class TestHubMetrics(HubMixin, HttpCase):
    """A monitoring program reads the metrics with a key of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, login="alex", groups="psa_base.group_admin")
        cls.key = cls.env["psa.metrics.key"].with_user(cls.administrator).create({"name": "Prometheus"})
        cls.value = cls.key._rotate_key()

    def read_metrics(self, value=None, method="GET"):
        headers = {"Authorization": f"Bearer {value or self.value}"}
        return self.opener.request(method, f"{self.base_url()}/psa/metrics", headers=headers, timeout=30)

    def test_answer_is_the_text_format(self):
        answer = self.read_metrics()
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], prometheus.CONTENT_TYPE)
        names = set()
        for line in answer.text.splitlines():
            if line.startswith("#"):
                self.assertRegex(line, r"^# (HELP|TYPE) [a-z_]+ .+")
                names.add(line.split()[2])
            else:
                self.assertTrue(_SAMPLE.fullmatch(line), line)
                self.assertIn(re.split(r"[{ ]", line)[0], names)

    def test_dead_letters_are_counted_by_connection(self):
        self.connection.name = 'Northern "sites"\\'
        self.work({**read_payload("generic", "registered"), "Group": "Contoso"})
        self.env.flush_all()
        answer = self.read_metrics().text
        self.assertIn(
            'psa_hub_dead_letters{connection="Northern \\"sites\\"\\\\",'
            f'connection_id="{self.connection.id}",adapter="generic"}} 1\n',
            answer,
        )

    def test_line_on_trial_is_held_back_as_well(self):
        circuit = self.env["psa.hub.circuit"].create({"connection_id": self.connection.id})
        labels = f'connection="Monitoring",connection_id="{self.connection.id}",adapter="generic"'
        for state, value in (("closed", 0), ("open", 1), ("half_open", 1)):
            circuit.state = state
            self.env.flush_all()
            self.assertIn(f"psa_hub_circuit_open{{{labels}}} {value}\n", self.read_metrics().text, state)

    def test_no_name_of_a_client_gets_out(self):
        self.work({**read_payload("generic", "registered"), "Group": "Contoso"})
        self.env.flush_all()
        answer = self.read_metrics().text
        for secret in (self.client.name, "Contoso", self.connection.token, self.connection.owner_id.login):
            self.assertNotIn(secret, answer)

    def test_wrong_or_missing_key_is_a_problem(self):
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": f"Basic {self.value}"}):
            answer = self.opener.get(f"{self.base_url()}/psa/metrics", headers=headers, timeout=30)
            self.assertEqual(answer.status_code, 401)
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            self.assertNotIn("psa_hub", answer.text)

    def test_other_methods_are_refused(self):
        self.assertEqual(self.read_metrics(method="POST").status_code, 405)

    def test_two_keys_live_while_one_replaces_the_other(self):
        second = self.key._rotate_key()
        self.env.flush_all()
        self.assertEqual([self.read_metrics(value).status_code for value in (self.value, second)], [200, 200])
        self.key.action_revoke_previous_key()
        self.env.flush_all()
        self.assertEqual([self.read_metrics(value).status_code for value in (self.value, second)], [401, 200])

    def test_revoked_key_is_shut_out(self):
        self.key.action_revoke()
        self.env.flush_all()
        self.assertEqual(self.read_metrics().status_code, 401)


@tagged("post_install", "-at_install")
class TestMetricsKey(HubMixin, TransactionCase):
    def test_key_is_in_the_database_in_no_readable_form(self):
        key = self.env["psa.metrics.key"].create({"name": "Prometheus"})
        value = key._rotate_key()
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM psa_metrics_key WHERE id = %s", [key.id])
        self.assertNotIn(value, " ".join(map(str, self.env.cr.fetchone())))

    def test_dispatcher_cannot_make_keys(self):
        dispatcher = new_test_user(self.env, login="dana", groups="psa_base.group_operations")
        with self.assertRaises(AccessError):
            self.env["psa.metrics.key"].with_user(dispatcher).create({"name": "Mine"})

    def test_administrator_cannot_read_the_fingerprint(self):
        administrator = new_test_user(self.env, login="alex", groups="psa_base.group_admin")
        key = self.env["psa.metrics.key"].create({"name": "Prometheus"})
        with self.assertRaises(AccessError):
            key.with_user(administrator).read(["key_hash"])

    def test_queries_do_not_grow_with_connections(self):
        def count():
            return count_queries(self.env, self.env["psa.hub.health"]._collect_metrics)

        count()
        few = count()
        for number in range(10):
            self.connection.copy({"name": f"Site {number}"})
        count()
        self.assertLessEqual(count(), few)
