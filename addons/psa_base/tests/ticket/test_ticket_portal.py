from odoo.tests import tagged

from ..common import PsaHttpCase, RpcError


@tagged("post_install", "-at_install")
class TestTicketPortal(PsaHttpCase):
    """The client's page about a ticket."""

    def test_page_says_which_ticket_it_is_and_who_works_on_it(self):
        ticket = self.create_ticket(user_id=self.support.id)
        self.authenticate(self.client_user.login, self.client_user.login)
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn('data-id="number"', page)
        self.assertIn(ticket.number, page)
        self.assertIn(self.support.name, page)

    def test_text_that_the_database_cannot_hold_is_no_error_of_ours(self):
        self.authenticate(self.client_user.login, self.client_user.login)
        token = self.url_open("/new/ticket").text.split('name="csrf_token" value="')[1].split('"')[0]
        values = {"csrf_token": token, "subject": "Cannot\0 print", "description": "Since\0 this morning."}
        page = self.url_open("/submitted/ticket", data=values)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Cannot print", page.text)
        for way in ("all", "number", "name"):
            self.assertEqual(self.url_open(f"/my/tickets?search=%00print&search_in={way}").status_code, 200)

    def test_files_of_internal_notes_are_not_on_the_page(self):
        ticket = self.create_ticket()
        for subtype, name in (("mail.mt_note", "our margin.txt"), ("mail.mt_comment", "how to print.txt")):
            ticket.message_post(body="Look", message_type="comment", subtype_xmlid=subtype, attachments=[(name, b"x")])
        self.authenticate(self.client_user.login, self.client_user.login)
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn("how to print.txt", page)
        self.assertNotIn("our margin.txt", page)

    def test_client_cannot_guess_at_what_is_internal(self):
        ticket = self.create_ticket()
        ticket.sudo().message_post(body="The client owes us money.", subtype_xmlid="mail.mt_note")
        for condition in (
            ("message_ids.body", "ilike", "owes us"),
            ("message_ids", "any", [("body", "ilike", "owes us")]),
            ("duplicate_ids.message_ids.body", "ilike", "owes us"),
            ("sla_breach_ids", "!=", False),
            ("sla_alert_ids", "=", False),
            ("checklist_item_ids", "!=", False),
            ("move_ids", "!=", False),
        ):
            with self.subTest(condition=condition), self.assertRaises(RpcError):
                self.call_as(self.client_user, "helpdesk.ticket", "search", [condition])
        number = [("number", "=", ticket.number), ("stage_id", "=", self.request.id)]
        self.assertEqual(self.call_as(self.client_user, "helpdesk.ticket", "search", number), ticket.ids)

    def test_client_does_not_see_how_long_the_ticket_was_where(self):
        known = self.call_as(self.client_user, "helpdesk.ticket", "fields_get")
        self.assertNotIn("duration_tracking", known)

    def test_client_does_not_see_what_others_were_promised(self):
        rules = self.env["helpdesk.sla"].create(
            [
                {"name": "For everybody", "hours": 8, "layer": "client"},
                {"name": "For them", "hours": 8, "layer": "client", "partner_ids": self.client_company.ids},
                {"name": "For their device", "hours": 8, "layer": "client", "asset_ids": self.asset.ids},
                {"name": "For others", "hours": 8, "layer": "client", "partner_ids": self.other_company.ids},
                {"name": "For others' device", "hours": 8, "layer": "client", "asset_ids": self.other_asset.ids},
            ]
        )
        seen = self.call_as(self.client_user, "helpdesk.sla", "search", [("id", "in", rules.ids)])
        self.assertEqual(set(seen), set(rules[:3].ids))
