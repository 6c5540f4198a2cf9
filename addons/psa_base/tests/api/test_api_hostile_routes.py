import json
import re

from odoo.tests import tagged

from ...api.operation import get_operations
from .common import PsaApiCase

# Text that breaks programs: NUL, surrogates, right-to-left marks, no width, rare planes, SQL, paths, templates.
TEXTS = (
    "\x00",
    "\ud800",
    "\u202e\u2066abc",
    "\u200b",
    "\U0010ffff",
    "a\u0301" * 200,
    "' OR 1=1; --",
    "%",
    "../../etc/passwd",
    "{{7*7}}${7*7}",
    "=cmd|' /C calc'!A0",
    "9" * 5000,
    "NaN",
    "-0",
    "1e309",
)
VALUES = (None, True, 0, -1, 2**31, 2**63, 10**30, 1.5, 1e308, "", [], {}, [[]], {"a": {}}, *TEXTS)
HEADERS = {
    "Accept": ("\xff", "*/*;q=nan", "application/json;q=1e999", "," * 500, "a/b/c", 'text/html;x="'),
    "Accept-Encoding": ("\xff", "gzip;q=nan"),
    "Accept-Language": ("\xff", "x" * 500, "en;q=nan", "../../en"),
    "Authorization": ("\xff", "Bearer \xff", "Bearer a b", "Basic \xff", "Digest x=y"),
    "Content-Encoding": ("gzip", "\xff"),
    "Content-Type": ("\xff", "application/json; charset=\xff", "application/json; charset=utf-7", "multipart/form-data")
    + ("multipart/form-data; boundary=\xff", "multipart/form-data; boundary=" + "x" * 500, "application/xml"),
    "Host": ("\xff", "a b", "evil.example"),
    "Idempotency-Key": ("\xff", "a\tb", "'; --", "x" * 300),
    "If-None-Match": ("\xff", '"', "W/W/", "*, *"),
    "Range": ("bytes=0-0", "bytes=-1", "x=\xff"),
    "X-Forwarded-For": ("\xff", "1.2.3", "::::"),
    "X-HTTP-Method-Override": ("DELETE", "\xff"),
    "X-Request-Id": ("\xff", "a b", "x" * 500, "${jndi:ldap://x}"),
}
COOKIES = [
    (name, value)
    for name in ("session_id", "frontend_lang", "tz", "cids")
    for value in ("../../etc", "\xff", "x" * 300)
]
PLACEHOLDER = re.compile(r"<(?:(\w+):)?\w+>")


@tagged("post_install", "-at_install", "heavy")
class TestApiHostileRoutes(PsaApiCase):
    """Hostile requests to every route of the API: the answer is never a 5xx and never a page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api_key.rate_per_minute = 1_000_000
        cls.operations = get_operations(cls.env.registry)
        # One route of each kind, for checks that are the same for all routes.
        kinds = {(one.scope is None, one.method, bool(one.upload)): one for one in cls.operations}
        cls.kinds = list(kinds.values())
        cls.number = cls.create_ticket().number

    def _send(self, operation, path=None, data=None, **headers):
        path = path or PLACEHOLDER.sub(self._get_value, operation.path)
        if operation.body and data is None:
            data = b"{}"
        if operation.body:
            headers = {"Content-Type": "application/json", **headers}
        raw = {name: value.encode("utf-8", "surrogatepass") for name, value in headers.items()}
        response = self.call(operation.method, path, data=data, headers=raw)
        self.assertLess(response.status_code, 500, response.text[:500])
        if response.status_code >= 400:
            self.assertEqual(response.headers["Content-Type"], "application/problem+json")
            self.assertEqual(response.json()["status"], response.status_code)
        return response

    def _get_value(self, placeholder):
        return "1" if placeholder.group(1) == "int" else self.number

    def test_addresses_that_name_nothing(self):
        values = (
            "0",
            "-1",
            "2147483648",
            "9" * 5000,
            "%00",
            "%ff",
            "%ED%A0%80",
            "%2e%2e%2f",
            "a%20b",
            "%D9%A1",
            "x" * 3000,
        )
        for operation in self.operations:
            if not PLACEHOLDER.search(operation.path):
                continue
            for value in values:
                with self.subTest(operation.path, method=operation.method, value=value[:20]):
                    response = self._send(operation, PLACEHOLDER.sub(lambda _match, text=value: text, operation.path))
                    self.assertGreaterEqual(response.status_code, 400)

    def test_query_strings_that_mean_nothing(self):
        for operation in self.operations:
            names = list(operation.query.model_fields) if operation.query else ["x"]
            path = PLACEHOLDER.sub(self._get_value, operation.path)
            for name in names:
                for value in ("", "%00", "%ff", "%ED%A0%80", "1e309", "9" * 5000, "-1", "%E2%80%8B", "[]", "a%26b=c"):
                    with self.subTest(operation.path, name=name, value=value[:20]):
                        self._send(operation, f"{path}?{name}={value}")
        for operation in self.kinds:
            path = PLACEHOLDER.sub(self._get_value, operation.path)
            for query in ("&", "=", "%", "%zz=1", "a" * 9000, "&".join(["limit=1"] * 500), "limit[]=1", "limit%00=1"):
                with self.subTest(operation.path, query=query[:20]):
                    self._send(operation, f"{path}?{query}")

    def test_bodies_of_any_shape(self):
        for operation in self.operations:
            if not operation.body:
                continue
            for raw in (
                b"",
                b"null",
                b"[]",
                b'"x"',
                b"{",
                b"\xff",
                b"\xef\xbb\xbf{}",
                b"{" * 5000,
                b'{"":' * 40 + b"1" + b"}" * 40,
            ):
                with self.subTest(operation.path, raw=raw[:20]):
                    self.assertGreaterEqual(self._send(operation, data=raw).status_code, 400)
            for name in operation.body.model_fields:
                for value in VALUES:
                    with self.subTest(operation.path, name=name, value=str(value)[:20].encode("utf-8", "replace")):
                        self._send(operation, data=json.dumps({name: value}).encode())

    def test_bodies_over_the_limit(self):
        for operation in self.operations:
            if operation.body:
                with self.subTest(operation.path):
                    raw = b'{"x": "' + b"x" * operation.body_limit + b'"}'
                    self.assertEqual(self._send(operation, data=raw).status_code, 413)

    def test_headers_of_any_shape(self):
        for operation in self.kinds:
            for name, values in HEADERS.items():
                for value in values:
                    with self.subTest(operation.path, method=operation.method, header=name, value=value[:20]):
                        self._send(operation, **{name: value})

    def test_cookies_of_any_shape(self):
        for name, value in COOKIES:
            self.opener.cookies.set(name, value)
            for operation in self.kinds:
                with self.subTest(operation.path, method=operation.method, cookie=name, value=value[:20]):
                    self._send(operation)
            self.opener.cookies.set(name, None)
