from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import PsaCase

MAIL = """From: {sender}
To: {to}
Subject: Re: Printer
Message-Id: <{number}@harbourdental.example>
In-Reply-To: {reply_to}
References: {reply_to}
{headers}Content-Type: text/plain

It works now.
"""


@tagged("post_install", "-at_install")
class TestLifecycleReply(PsaCase):
    """A client's answer takes the ticket on; nobody else's message does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reply_move = cls.lifecycle.transition_ids.filtered(lambda move: move.from_stage_id == cls.triage)
        cls.reply_move.is_reply_move = True
        cls.ticket = cls.create_ticket(stage=cls.triage, user_id=cls.support.id)
        cls.colleague = cls.env["res.partner"].create(
            {"name": "Lee", "email": "lee@harbourdental.example", "parent_id": cls.client_company.id}
        )

    def post(self, author, **values):
        return self.ticket.sudo().message_post(
            body="It works now.",
            author_id=author.id,
            **{"message_type": "comment", "subtype_xmlid": "mail.mt_comment", **values},
        )

    def receive(self, sender, headers="", number=1):
        question = self.ticket.sudo().message_post(body="Does it work?", subtype_xmlid="mail.mt_comment")
        mail = MAIL.format(
            sender=sender, to="desk@provider.example", number=number, reply_to=question.message_id, headers=headers
        )
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].with_user(1).message_process("helpdesk.ticket", mail, thread_id=self.ticket.id)

    def test_mail_of_the_contact_takes_the_ticket_on(self):
        self.receive(self.contact.email)
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_mail_of_a_colleague_takes_the_ticket_on(self):
        self.receive(self.colleague.email)
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_mail_of_an_unknown_address_that_the_ticket_names_takes_it_on(self):
        self.ticket.sudo().write({"partner_email": "desk@harbourdental.example"})
        self.receive("Front Desk <Desk@harbourdental.example>")
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_mail_of_a_stranger_does_not(self):
        self.receive("someone@elsewhere.example")
        self.assertEqual(self.ticket.stage_id, self.triage)

    def test_out_of_office_note_does_not(self):
        headers = (
            "Auto-Submitted: auto-replied\n",
            "Auto-Submitted: auto-generated; owner=x\n",
            "Precedence: bulk\n",
            "X-Autoreply: yes\n",
            "Return-Path: <>\n",
        )
        for number, header in enumerate(headers):
            with self.subTest(header):
                self.receive(self.contact.email, headers=header, number=number)
                self.assertEqual(self.ticket.stage_id, self.triage)
        self.receive(self.contact.email, headers="Auto-Submitted: no\n", number=99)
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_comment_in_the_portal_takes_the_ticket_on(self):
        self.ticket.with_user(self.client_user).message_post(
            body="It works now.", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_notes_and_messages_of_others_do_not(self):
        self.post(self.contact, subtype_xmlid="mail.mt_note")
        self.post(self.contact, message_type="notification")
        self.post(self.support.partner_id)
        self.post(self.other_company)
        self.assertEqual(self.ticket.stage_id, self.triage)

    def test_employee_of_the_client_company_who_is_a_user_here_does_not(self):
        self.support.partner_id.parent_id = self.client_company
        self.post(self.support.partner_id)
        self.assertEqual(self.ticket.stage_id, self.triage)

    def test_second_reply_moves_nothing(self):
        self.post(self.contact)
        moved = self.ticket.last_stage_update
        self.post(self.contact)
        self.assertEqual((self.ticket.stage_id, self.ticket.last_stage_update), (self.in_progress, moved))

    def test_stage_without_a_reply_move_stays(self):
        self.ticket.stage_id = self.in_progress
        self.post(self.contact)
        self.assertEqual(self.ticket.stage_id, self.in_progress)

    def test_gate_holds_and_the_message_is_kept(self):
        self.add_gate(self.triage, self.in_progress, message="Call them first.")
        message = self.post(self.contact)
        self.assertEqual(self.ticket.stage_id, self.triage)
        self.assertTrue(message.exists())
        activity = self.ticket.sudo().activity_ids
        self.assertEqual(activity.user_id, self.support)
        self.assertIn("Call them first.", activity.note)

    def test_reply_on_a_closed_ticket_is_told_to_operations_once(self):
        self.ticket.with_user(self.admin).action_override_stage(self.closed, "Done")
        for _i in range(2):
            self.post(self.contact)
        self.assertEqual(self.ticket.stage_id, self.closed)
        activity = self.ticket.sudo().activity_ids
        self.assertEqual(activity.activity_type_id, self.env.ref("psa_base.mail_activity_type_late_reply"))
        self.assertTrue(activity.user_id.has_group("psa_base.group_operations"))

    def test_teams_without_a_lifecycle_are_left_alone(self):
        ticket = self.create_ticket(team_id=self.free_team.id).sudo()
        closed = self.free_team._get_applicable_stages().filtered("closed")[:1]
        ticket.stage_id = closed
        ticket.message_post(
            body="Hello?", author_id=self.contact.id, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(ticket.stage_id, closed)
        self.assertFalse(ticket.activity_ids)

    def test_reply_leads_to_one_stage_only(self):
        with self.assertRaisesRegex(ValidationError, "to one stage only"):
            self.lifecycle.write(
                {
                    "transition_ids": [
                        (
                            0,
                            0,
                            {
                                "from_stage_id": self.triage.id,
                                "to_stage_id": self.closed.id,
                                "is_reply_move": True,
                            },
                        )
                    ]
                }
            )
