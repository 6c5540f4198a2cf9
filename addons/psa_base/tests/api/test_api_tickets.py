from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...services.api import tickets
from .common import PsaApiCase

TICKET = {"subject": "Cannot print", "description": "Since this morning.\nBoth printers."}


@tagged("post_install", "-at_install")
class TestApiTickets(PsaApiCase):
    """POST /tickets and GET /tickets/{number}, as a client's program sees them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.au")

    def _create(self, **values):
        return self.call("POST", "/tickets", {**TICKET, **values})

    def _get_ticket(self, response):
        self.assertEqual(response.status_code, 201, response.text)
        return self.env["helpdesk.ticket"].browse(response.json()["id"])

    def test_full_ticket_is_created_and_read_back(self):
        response = self._create(
            priority="critical",
            asset={"hostname": "hd-reception"},
            contact={
                "name": "Lee Wong",
                "email": "Lee.Wong@HarbourDental.example",
                "phone": "(02) 9374 4000",
            },
            external_reference="PS-4711",
        )
        ticket = self._get_ticket(response)
        self.assertEqual(response.headers["Location"], f"/psa/api/v1/tickets/{ticket.number}")
        body = response.json()
        self.assertEqual(
            {name: body[name] for name in body if not name.endswith("_at")},
            {
                "id": ticket.id,
                "number": ticket.number,
                "subject": "Cannot print",
                "description": TICKET["description"],
                "stage": {"code": "test_request", "name": "Request"},
                "priority": "critical",
                "asset": {"id": self.asset.id, "hostname": "HD-RECEPTION"},
                "contact": {
                    "name": "Lee Wong",
                    "email": "lee.wong@harbourdental.example",
                    "phone": "+61293744000",
                },
                "external_reference": "PS-4711",
                "sla": [],
            },
        )
        self.assertRegex(body["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertIsNone(body["closed_at"])
        self.assertEqual(self.call("GET", f"/tickets/{ticket.number}").json(), body)

    def test_ticket_is_in_the_clients_name_and_the_keys_team(self):
        ticket = self._get_ticket(self._create())
        self.assertRecordValues(
            ticket,
            [
                {
                    "partner_id": self.client_company.id,
                    "team_id": self.team.id,
                    "stage_id": self.request.id,
                    "priority": "1",
                    "user_id": False,
                    "create_uid": self.api_key.user_id.id,
                    "channel_id": self.env.ref("psa_base.helpdesk_ticket_channel_api").id,
                }
            ],
        )

    def test_known_contact_is_found_by_address(self):
        ticket = self._get_ticket(self._create(contact={"name": "Kim", "email": "KIM@harbourdental.example"}))
        self.assertEqual(ticket.partner_id, self.contact)

    def test_phone_of_a_known_contact_goes_out_as_programs_give_phones(self):
        for written, told in (("(02) 9374 4000", "+61293744000"), ("ask Kim", "ask Kim")):
            self.contact.phone = written
            response = self._create(contact={"name": "Kim", "email": "kim@harbourdental.example"})
            self.assertEqual(response.json()["contact"]["phone"], told)

    def test_ticket_without_a_stage_is_told_as_well(self):
        self.create_ticket(team_id=self.free_team.id).sudo().stage_id = False
        self.env.flush_all()
        self.assertEqual(self.call("GET", "/tickets").json()["items"][0]["stage"], {"code": None, "name": ""})

    def test_contact_of_another_client_is_not_found(self):
        self.contact.parent_id = self.other_company
        ticket = self._get_ticket(self._create(contact={"name": "Kim", "email": "kim@harbourdental.example"}))
        self.assertRecordValues(ticket, [{"partner_id": self.client_company.id, "partner_name": "Kim"}])

    def test_markup_and_control_characters_are_text(self):
        response = self._create(subject=" <b>a</b>\u0000\nb ", description="<script>x</script>\u0007")
        ticket = self._get_ticket(response)
        self.assertEqual(ticket.name, "<b>a</b> b")
        self.assertIn("&lt;script&gt;", ticket.description)
        self.assertEqual(response.json()["description"], "<script>x</script>")

    def test_asset_is_named_in_one_of_three_ways(self):
        self.asset.serial_number = "SN-1"
        for reference in ({"id": self.asset.id}, {"hostname": "HD-RECEPTION"}, {"serial_number": "sn-1"}):
            with self.subTest(reference):
                self.assertEqual(self._get_ticket(self._create(asset=reference)).asset_id, self.asset)

    def test_number_is_the_same_with_a_point_behind_it(self):
        self.assertEqual(self._get_ticket(self._create(asset={"id": float(self.asset.id)})).asset_id, self.asset)
        for number in (self.asset.id + 0.5, True, str(self.asset.id), 1e300):
            with self.subTest(number):
                self.assert_problem(self._create(asset={"id": number}), 422, "asset.id")

    def test_asset_that_is_not_the_clients_is_unknown(self):
        for reference in (
            {"id": self.other_asset.id},
            {"hostname": "BG-LAPTOP-1"},
            {"hostname": "HD%"},
            {"id": 0},
        ):
            with self.subTest(reference):
                self.assert_problem(self._create(asset=reference), 422, "asset")

    def test_asset_that_several_match_is_refused(self):
        self.asset.copy()
        self.assert_problem(self._create(asset={"hostname": "HD-RECEPTION"}), 422, "asset")

    def test_ill_formed_fields_are_named(self):
        cases = [
            ({"subject": ""}, "subject"),
            ({"subject": " \n "}, "subject"),
            ({"subject": "x" * 201}, "subject"),
            ({"subject": 5}, "subject"),
            ({"subject": None}, "subject"),
            ({"description": "x" * 20_001}, "description"),
            ({"priority": "urgent"}, "priority"),
            ({"asset": {}}, "asset"),
            ({"asset": {"id": 1, "hostname": "x"}}, "asset"),
            ({"asset": {"id": "1"}}, "asset.id"),
            ({"asset": "HD-RECEPTION"}, "asset"),
            ({"contact": {"email": "a@b.example"}}, "contact.name"),
            ({"contact": {"name": "Kim", "email": "nobody"}}, "contact.email"),
            ({"contact": {"name": "Kim", "phone": "12"}}, "contact.phone"),
            ({"external_reference": "x" * 101}, "external_reference"),
            ({"colour": "red"}, "colour"),
        ]
        for values, field in cases:
            with self.subTest(values):
                self.assert_problem(self._create(**values), 422, field)

    def test_every_wrong_field_is_named_at_once(self):
        self.assert_problem(self.call("POST", "/tickets", {"subject": ""}), 422, "subject", "description")

    def test_stage_cannot_be_chosen(self):
        for name in ("stage", "stage_id", "state"):
            self.assert_problem(self._create(**{name: self.closed.id}), 422, name)

    def test_body_that_is_no_json_object_is_refused(self):
        headers = {"Content-Type": "application/json"}
        for body in (b"", b"{", b"[]", b'{"subject": NaN}'):
            self.assert_problem(self.call("POST", "/tickets", data=body, headers=headers), 400)
        self.assert_problem(self.call("POST", "/tickets", data=b"{}", headers={"Content-Type": "text/plain"}), 415)
        self.assert_problem(self.call("POST", "/tickets", data={"subject": "form"}), 415)
        self.assert_problem(self._create(description="x" * 300 * 1024), 413)

    def test_another_clients_ticket_is_not_there(self):
        number = self._get_ticket(self._create()).number
        self.assert_problem(self.call("GET", f"/tickets/{number}", bearer=self.other_bearer), 404)
        self.assert_problem(self.call("GET", "/tickets/HT99999"), 404)

    def test_another_clients_ticket_that_the_client_follows_is_not_there(self):
        ticket = self.create_ticket(partner_id=self.other_company.id).sudo()
        ticket.message_subscribe(self.client_company.ids)
        self.assert_problem(self.call("GET", f"/tickets/{ticket.number}"), 404)

    def test_client_sees_the_targets_of_its_layer_only(self):
        self.team.use_sla = True
        self.env["helpdesk.sla"].create(
            [
                {"name": layer, "layer": layer, "hours": 4, "stage_id": self.closed.id}
                for layer in ("client", "internal")
            ]
        )
        [sla] = self._create().json()["sla"]
        self.assertEqual((sla["layer"], sla["name"], sla["state"]), ("client", "client", "in_progress"))
        self.assertRegex(sla["deadline"], "Z$")

    def test_mail_of_a_stage_waits_for_the_commit(self):
        self.request.mail_template_id = self.env["mail.template"].create(
            {
                "name": "Received",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "We have it",
                "email_to": "{{ object.partner_email }}",
            }
        )
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", queue.id)])
        ticket = self._get_ticket(self._create(contact={"name": "Lee", "email": "lee@harbourdental.example"}))
        self.env.cr.flush()
        mail = self.env["mail.mail"].search([("model", "=", ticket._name), ("res_id", "=", ticket.id)])
        self.assertEqual(mail.mapped("state"), ["outgoing"])
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", queue.id)]), triggers + 1)

    def test_addresses_and_methods_that_are_not_there_say_so(self):
        self.assert_problem(self.call("GET", "/nothing"), 404)
        self.assert_problem(self.call("POST", "/nothing/at/all", {}), 404)
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            response = self.call(method, "/tickets/x", {})
            self.assert_problem(response, 405)
            self.assertEqual(response.headers["Allow"], "GET, HEAD, OPTIONS")

    def test_request_id_is_taken_over_or_made(self):
        response = self.call("GET", "/tickets/x", headers={"X-Request-Id": "trace-1"})
        self.assertEqual(self.assert_problem(response, 404)["request_id"], "trace-1")
        for unfit in ("x" * 129, "two words"):
            response = self.call("GET", "/tickets/x", headers={"X-Request-Id": unfit})
            self.assertNotEqual(self.assert_problem(response, 404)["request_id"], unfit)

    @mute_logger("odoo.http", "odoo.addons.psa_base.api.dispatcher")
    def test_unexpected_error_tells_nothing_but_the_request_id(self):
        with patch.object(tickets, "open_ticket", side_effect=ValueError("secret detail")):
            response = self._create()
        self.assert_problem(response, 500)
        self.assertNotIn("secret detail", response.text)
