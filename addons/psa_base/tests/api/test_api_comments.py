from functools import partial

from odoo.tests import tagged

from .common import PsaApiCase


@tagged("post_install", "-at_install")
class TestApiComments(PsaApiCase):
    """Comments on a ticket that a client's program reads and writes, and the reopening of a ticket."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(stage=cls.triage, user_id=cls.support.id).sudo()
        cls.path = f"/tickets/{cls.ticket.number}/comments"

    def _list(self, **params):
        response = self.call("GET", self.path, params=params)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def test_comment_is_written_and_read_back(self):
        body = "It jams\n  again: <b>both</b> &amp; @Support http://x.example"
        response = self.call("POST", self.path, {"body": body})
        self.assertEqual(response.status_code, 201, response.text)
        comment = response.json()
        self.assertEqual(comment["body"], body)
        self.assertEqual(comment["author"], {"name": "API: Practice software", "is_client": True})
        self.assertEqual(comment["attachments"], [])
        self.assertRegex(comment["created_at"], "Z$")
        self.assertEqual(self._list(), {"items": [comment], "next_cursor": None})
        message = self.env["mail.message"].browse(comment["id"])
        self.assertIn("&lt;b&gt;both&lt;/b&gt;", message.body)
        self.assertNotIn("<a", message.body)
        self.assertEqual(message.author_id, self.api_key.user_id.partner_id)

    def test_people_who_follow_are_told_and_the_program_follows_nothing(self):
        followers = self.ticket.message_partner_ids
        comment = self.call("POST", self.path, {"body": "Hello"}).json()
        message = self.env["mail.message"].browse(comment["id"])
        self.assertIn(self.support.partner_id, message.notified_partner_ids)
        self.assertFalse(message.partner_ids)
        self.ticket.invalidate_recordset()
        self.assertEqual(self.ticket.message_partner_ids, followers)

    def test_comment_takes_a_waiting_ticket_on(self):
        move = self.lifecycle.transition_ids.filtered(lambda move: move.from_stage_id == self.triage)
        move.is_reply_move = True
        self.call("POST", self.path, {"body": "Here you are."})
        self.assertEqual(self.ticket.stage_id, self.in_progress)
        self.assertEqual(self.ticket.move_ids.sorted("id")[-1].origin, "api")

    def test_new_or_other_words_and_files_bring_the_ticket_to_programs_that_ask_for_changes(self):
        talk = self.ticket.with_user(self.support)
        say = partial(talk.message_post, message_type="comment")
        self.assertFalse(self._is_told_as_changed_by(lambda: say(body="A note")))
        self.assertTrue(self._is_told_as_changed_by(lambda: say(body="Hello", subtype_xmlid="mail.mt_comment")))
        comment = self.ticket.message_ids[0].with_user(self.support)
        self.assertTrue(self._is_told_as_changed_by(lambda: talk._message_update_content(comment, body="Hello there")))
        self.assertTrue(self._is_told_as_changed_by(lambda: self.call("POST", self.path, {"body": "Thanks"})))
        files = {"file": ("error.txt", b"Paper jam", "text/plain")}
        path = f"/tickets/{self.ticket.number}/attachments"
        self.assertTrue(self._is_told_as_changed_by(lambda: self.call("POST", path, files=files)))

    def _is_told_as_changed_by(self, happening):
        self.env.cr.execute("UPDATE helpdesk_ticket SET write_date = '2020-01-01'")
        self.env.invalidate_all()
        happening()
        self.env.flush_all()
        changed = self.call("GET", "/tickets", params={"updated_since": "2021-01-01T00:00:00Z"}).json()["items"]
        return [ticket["id"] for ticket in changed] == self.ticket.ids

    def test_client_reads_what_was_said_and_no_note(self):
        ticket = self.ticket.with_user(self.support)
        for subtype in ("mail.mt_comment", "mail.mt_note"):
            ticket.message_post(body=f"By {subtype}", message_type="comment", subtype_xmlid=subtype)
        ticket.message_post(body="Hidden", message_type="comment", subtype_xmlid="mail.mt_comment", is_internal=True)
        self.ticket.message_post(
            body="By mail",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=False,
            email_from="Front Desk <desk@elsewhere.example>",
        )
        seen = [(item["body"], item["author"]) for item in self._list()["items"]]
        self.assertEqual(
            seen,
            [
                ("By mail", {"name": "Front Desk", "is_client": False}),
                ("By mail.mt_comment", {"name": self.support.name, "is_client": False}),
            ],
        )

    def test_comments_come_in_pages(self):
        ids = [self.call("POST", self.path, {"body": f"{number}"}).json()["id"] for number in range(3)]
        first = self._list(limit=2)
        self.assertEqual([item["id"] for item in first["items"]], ids[:0:-1])
        second = self._list(limit=2, cursor=first["next_cursor"])
        self.assertEqual([item["id"] for item in second["items"]], ids[:1])
        self.assertIsNone(second["next_cursor"])
        other = self.create_ticket()
        path = f"/tickets/{other.number}/comments"
        self.assert_problem(self.call("GET", path, params={"cursor": first["next_cursor"]}), 422, "cursor")

    def test_comment_that_says_nothing_is_refused(self):
        for body in ({"body": " \n "}, {"body": "x" * 20_001}, {"body": 5}, {}):
            self.assert_problem(self.call("POST", self.path, body), 422, "body")
        self.assert_problem(self.call("POST", self.path, {"body": "x", "author_id": 1}), 422, "author_id")

    def test_another_clients_ticket_is_not_there(self):
        for method, path, json in (
            ("GET", self.path, None),
            ("POST", self.path, {"body": "x"}),
            ("POST", f"/tickets/{self.ticket.number}/reopen", {"reason": "x"}),
        ):
            self.assert_problem(self.call(method, path, json, bearer=self.other_bearer), 404)
        self.assertFalse(self.ticket.website_message_ids)

    def _reopen(self, reason="It jams again."):
        return self.call("POST", f"/tickets/{self.ticket.number}/reopen", {"reason": reason})

    def test_closed_ticket_goes_back_to_where_work_goes_on(self):
        self.ticket.with_user(self.admin).action_override_stage(self.closed, "Done")
        self.assertTrue(self.call("GET", f"/tickets/{self.ticket.number}").json()["closed_at"])
        response = self._reopen()
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(response.json()["stage"]["code"], "test_in_progress")
        self.assertIsNone(response.json()["closed_at"])
        self.assertEqual(self.ticket.stage_id, self.in_progress)
        move = self.ticket.move_ids.sorted("id")[-1]
        self.assertEqual((move.user_id, move.origin, move.is_override), (self.api_key.user_id, "api", False))
        self.assertEqual([item["body"] for item in self._list()["items"]], ["It jams again."])

    def test_ticket_that_is_open_is_not_reopened(self):
        problem = self.assert_problem(self._reopen(), 409)
        self.assertIn("cannot be reopened from the stage Triage", problem["detail"])
        self.assertFalse(self._list()["items"])

    def test_way_back_that_is_not_the_clients_is_refused_in_the_lifecycles_words(self):
        back = self.lifecycle.transition_ids.filtered(lambda move: move.from_stage_id == self.closed)
        back.group_ids = self.env.ref("psa_base.group_support")
        self.ticket.with_user(self.admin).action_override_stage(self.closed, "Done")
        problem = self.assert_problem(self._reopen(), 409)
        self.assertIn("Your role may not move a ticket from Closed to In progress", problem["detail"])
        self.assertEqual(self.ticket.stage_id, self.closed)

    def test_gate_on_the_way_back_holds(self):
        self.add_gate(self.closed, self.in_progress, message="Call us first.")
        self.ticket.with_user(self.admin).action_override_stage(self.closed, "Done")
        self.assertIn("Call us first.", self.assert_problem(self._reopen(), 409)["detail"])

    def test_ticket_of_a_team_without_a_lifecycle_is_not_reopened(self):
        self.ticket = self.create_ticket(team_id=self.free_team.id, partner_id=self.contact.id).sudo()
        self.assert_problem(self._reopen(), 409)
