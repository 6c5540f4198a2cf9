import io

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from odoo.tests import BaseCase, tagged

from ...api.answer import FileAnswer
from ...api.errors import Problem
from ...api.operation import Upload
from ...api.reading import read_upload, validate_query
from ...api.schemas.common import ChangeQuery, Schema, line
from ...exceptions import FieldError

RULE = Upload(max_bytes=100)


class Named(Schema):
    name: line(4)


@tagged("post_install", "-at_install")
class TestApiReading(BaseCase):
    """The reading of bodies and query strings, without a route."""

    def _read_upload(self, **data):
        data = {"file": (io.BytesIO(b"log"), "a.log", "text/plain"), **data}
        data = {name: value for name, value in data.items() if value}
        builder = EnvironBuilder(method="POST", data=data, content_type="multipart/form-data")
        return read_upload(Request(builder.get_environ()), RULE)

    def _validate_query(self, query_string):
        return validate_query(ChangeQuery, Request(EnvironBuilder(query_string=query_string).get_environ()))

    def test_file_is_read_with_its_name_alone(self):
        for name in ("a.log", "../../etc/a.log", "C:\\temp\\a.log", "\x07a.log"):
            with self.subTest(name):
                upload = self._read_upload(file=(io.BytesIO(b"log"), name, "text/plain"))
                self.assertEqual((upload.filename, upload.media_type, upload.content), ("a.log", "text/plain", b"log"))

    def test_same_file_has_the_same_fingerprint_whatever_the_boundary(self):
        first, again = self._read_upload(), self._read_upload()
        other = self._read_upload(file=(io.BytesIO(b"lag"), "a.log", "text/plain"))
        self.assertEqual(first.get_fingerprint(), again.get_fingerprint())
        self.assertNotEqual(first.get_fingerprint(), other.get_fingerprint())

    def test_file_over_the_limit_is_too_large(self):
        for size in (101, 20_000, 1_000_000):
            with self.subTest(size), self.assertRaises(Problem) as caught:
                self._read_upload(file=(io.BytesIO(b"x" * size), "a.log"))
            self.assertEqual(caught.exception.code, 413)
        self.assertEqual(len(self._read_upload(file=(io.BytesIO(b"x" * 100), "a.log")).content), 100)

    def test_form_of_anything_but_one_file_is_refused(self):
        first, second = [(io.BytesIO(b"x"), "b.log") for _file in range(2)]
        for data in ({"file": None}, {"file": "text"}, {"note": "text"}, {"file": [first, second]}):
            with self.subTest(str(data)), self.assertRaises(FieldError):
                self._read_upload(**data)

    def test_file_without_a_fit_name_is_refused(self):
        for name in ("x" * 256, "folder/", "\u200b\x01"[1:]):
            with self.subTest(name), self.assertRaises(FieldError):
                self._read_upload(file=(io.BytesIO(b"x"), name))

    def test_body_that_is_no_form_is_refused(self):
        environ = EnvironBuilder(method="POST", data=b"{}", content_type="application/json").get_environ()
        with self.assertRaises(Problem) as caught:
            read_upload(Request(environ), RULE)
        self.assertEqual(caught.exception.code, 415)
        for body in (b"", b"--x", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nabc"):
            environ = EnvironBuilder(
                method="POST", data=body, content_type="multipart/form-data; boundary=x"
            ).get_environ()
            with self.subTest(body), self.assertRaises(FieldError):
                read_upload(Request(environ), RULE)

    def test_query_is_read_as_its_schema_has_it(self):
        query = self._validate_query("limit=7&updated_since=2026-11-22T18:00:00%2B10:00")
        self.assertEqual((query.limit, query.updated_since.hour, query.cursor), (7, 8, None))

    def test_query_that_is_not_as_its_schema_has_it_names_the_parameter(self):
        cases = {
            "limit": ("0", "101", "1.0", "1_0", "-1", "true", "１", "9" * 5000, " 1", ""),
            "updated_since": ("0", "1700000000", "2026-11-22", "2026-11-22T08:00:00", "now", "", "9" * 4000)
            + ("0001-01-01T00:00:00%2B10:00", "9999-12-31T23:59:59-10:00", "2026-02-30T00:00:00Z"),
            "cursor": ("", "x" * 501),
            "colour": ("red", ""),
        }
        for name, values in cases.items():
            for value in values:
                with self.subTest(name, value=value[:40]):
                    self._assert_named(name, f"{name}={value}")
        self._assert_named("limit", "limit=1&limit=1")
        self._assert_named("Limit", "Limit=1")

    def _assert_named(self, name, query_string):
        with self.assertRaises((FieldError, Problem)) as caught:
            self._validate_query(query_string)
        error = caught.exception
        fields = [error.field] if isinstance(error, FieldError) else [fault["field"] for fault in error.errors]
        self.assertEqual(fields, [name])

    def test_lengths_are_in_characters_that_people_see(self):
        family, flag, accented = "👩‍👩‍👧‍👦", "🇦🇺", "e\u0301"
        for value in ("abcd", family * 4, flag * 4, accented * 4, "각" * 4, "👋🏽" * 4):
            self.assertEqual(Named(name=value).name, value)
        for value in ("abcde", family * 5, flag * 5, accented * 5, "a" + "\u0301" * 100):
            with self.subTest(value), self.assertRaisesRegex(ValueError, "at most 4"):
                Named(name=value)

    def test_file_answer_bears_any_name(self):
        headers = FileAnswer(b"x", "text/plain", 'Prüf "1"\r\n.txt').make_response().headers
        self.assertEqual(
            headers["Content-Disposition"],
            "attachment; filename=\"Pr_f _1___.txt\"; filename*=UTF-8''Pr%C3%BCf%20%221%22%0D%0A.txt",
        )
        self.assertIn("sandbox", headers["Content-Security-Policy"])
