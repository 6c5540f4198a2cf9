from odoo.tests import tagged

from .common import PsaApiCase

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 200


@tagged("post_install", "-at_install")
class TestApiAttachments(PsaApiCase):
    """Files on a ticket, by POST and GET /tickets/{number}/attachments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(user_id=cls.support.id).sudo()
        cls.path = f"/tickets/{cls.ticket.number}/attachments"

    def _send(self, name="error.png", content=PNG, **call):
        return self.call("POST", self.path, files={"file": (name, content)}, **call)

    def _list(self):
        response = self.call("GET", self.path)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()["items"]

    def test_file_is_sent_listed_and_fetched(self):
        response = self._send("Zoë's error.png")
        self.assertEqual(response.status_code, 201, response.text)
        file = response.json()
        self.assertEqual(
            {name: file[name] for name in ("filename", "media_type", "size")},
            {"filename": "Zoë's error.png", "media_type": "image/png", "size": len(PNG)},
        )
        self.assertEqual(response.headers["Location"], f"/psa/api/v1{self.path}/{file['id']}")
        self.assertEqual(self._list(), [file])
        fetched = self.call("GET", f"{self.path}/{file['id']}")
        self.assertEqual((fetched.status_code, fetched.content), (200, PNG))
        self.assertEqual(fetched.headers["Content-Type"], "image/png")
        self.assertIn("attachment", fetched.headers["Content-Disposition"])
        self.assertIn("filename*=UTF-8''Zo%C3%AB", fetched.headers["Content-Disposition"])
        self.assertEqual(fetched.headers["X-Content-Type-Options"], "nosniff")
        [comment] = self.call("GET", f"/tickets/{self.ticket.number}/comments").json()["items"]
        self.assertEqual((comment["body"], comment["attachments"]), ("", [file]))

    def test_file_is_of_a_kind_that_is_not_known_before(self):
        path = f"{self.path}/{self._send().json()['id']}"
        for accept in ("image/png", "image/*;q=0.2", "text/plain;q=0, image/png; x=1"):
            self.assertEqual(self.call("GET", path, headers={"Accept": accept}).status_code, 200, accept)
        self.assert_problem(self.call("GET", path, headers={"Accept": "image/png;q=0"}), 406)

    def test_people_who_follow_are_told_of_a_file(self):
        file = self._send().json()
        message = self.env["mail.message"].search([("attachment_ids", "in", file["id"])])
        self.assertIn(self.support.partner_id, message.notified_partner_ids)

    def test_repeat_with_the_same_key_sends_nothing(self):
        first, again = (self._send(headers={"Idempotency-Key": "f-1"}) for _try in range(2))
        self.assertEqual(first.content, again.content)
        self.assertEqual(len(self._list()), 1)
        self.assert_problem(self._send(content=PNG + b"y", headers={"Idempotency-Key": "f-1"}), 422)

    def test_pictures_stay_as_they_were(self):
        # A picture of 4000 × 1 pixels, which Odoo would make smaller.
        import io

        from PIL import Image

        stream = io.BytesIO()
        Image.new("RGB", (4000, 1)).save(stream, "PNG")
        file = self._send("wide.png", stream.getvalue()).json()
        self.assertEqual(self.call("GET", f"{self.path}/{file['id']}").content, stream.getvalue())

    def test_files_that_could_do_harm_are_refused(self):
        for name, content in (
            ("page.html", b"<html>"),
            ("drawing.svg", b"<svg/>"),
            ("run.exe", b"MZ"),
            ("error.png", b"MZ\x90"),
            ("notes.txt", b"<script>alert(1)</script>"),
            ("error\u202egnp.exe", PNG),
        ):
            with self.subTest(name):
                self.assert_problem(self._send(name, content), 422, "file")
        self.assertFalse(self._list())

    def test_file_over_the_limit_is_refused(self):
        self.assert_problem(self._send("big.log", b"x" * (10 * 1024 * 1024 + 1)), 413)
        self.assertEqual(self._send("big.log", b"x" * (10 * 1024 * 1024)).status_code, 201)

    def test_files_of_notes_and_of_others_are_not_there(self):
        note = self.ticket.with_user(self.support).message_post(
            body="Ours", subtype_xmlid="mail.mt_note", attachments=[("secret.txt", b"x")]
        )
        said = self.ticket.with_user(self.support).message_post(
            body="Yours", subtype_xmlid="mail.mt_comment", message_type="comment", attachments=[("a.html", b"<p>")]
        )
        values = {"raw": b"x", "res_model": "helpdesk.ticket", "res_id": self.ticket.id}
        files = self.env["ir.attachment"]
        mine = files.with_user(self.client_user).sudo().create({"name": "mine.txt", **values})
        theirs = files.create([{"name": "theirs.txt", **values}, {"name": "other.txt", "raw": b"x"}])
        self.assertEqual([file["id"] for file in self._list()], [mine.id, *said.attachment_ids.ids])
        for attachment in note.attachment_ids + theirs:
            self.assert_problem(self.call("GET", f"{self.path}/{attachment.id}"), 404)
        page = self.call("GET", f"{self.path}/{said.attachment_ids.id}")
        self.assertEqual(page.headers["Content-Type"], "application/octet-stream")

    def test_another_clients_files_are_not_there(self):
        file = self._send().json()
        other = self.create_ticket(partner_id=self.other_company.id)
        for method, path in (
            ("GET", self.path),
            ("GET", f"{self.path}/{file['id']}"),
            ("GET", f"/tickets/{other.number}/attachments/{file['id']}"),
        ):
            self.assert_problem(self.call(method, path, bearer=self.other_bearer), 404)
        self.assert_problem(self._send(bearer=self.other_bearer), 404)
