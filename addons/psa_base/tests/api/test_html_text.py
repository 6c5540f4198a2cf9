import random
import time

from odoo.tests import BaseCase
from odoo.tools import html_sanitize

from ...tools.html_text import html_to_text, text_to_html
from ...tools.text import clean_line, clean_text

# Pieces of text that break readers of HTML, templates and mail.
PIECES = [
    *("a", "é", "\n", " ", "  ", "\t", "\xa0", "\u200d", "\u202e", "<", ">", "&", '"', "'", "&lt;", "&#0;"),
    *("<b>", "</p>", "<br>", "<!--", "-->", "<![CDATA[", "<%", "%>", "${x}", "{{x}}"),
    *("javascript:", "http://x.example?a=b&c", "@kim"),
]


class TestHtmlText(BaseCase):
    """Text that becomes HTML and comes back as text."""

    def test_text_comes_back_as_it_was_whatever_it_holds(self):
        chance = random.Random(5)  # noqa: S311 - samples, no secrets
        for _round in range(500):
            value = clean_text("".join(chance.choices(PIECES, k=chance.randrange(40))))
            with self.subTest(value):
                self.assertEqual(html_to_text(html_sanitize(text_to_html(value))), value.strip())

    def test_line_is_one_clean_line_whichever_character_is_in_it(self):
        for code in range(0x11000):
            word = f"a{chr(code)}b"
            if clean_line(word) != " ".join(clean_text(word).split()):
                self.fail(f"U+{code:04X} is not cleaned away")

    def test_text_is_never_markup(self):
        self.assertEqual(
            text_to_html("<script>x</script>\nhttps://x.example"),
            "<p>&lt;script&gt;x&lt;/script&gt;<br/>https://x.example</p>",
        )

    def test_long_runs_of_blanks_take_no_longer_than_other_text(self):
        for blank in (" ", "\t", "\x0c", "\n", " \n", "<br> ", "<p> "):
            with self.subTest(blank):
                began = time.process_time()
                html_to_text(f"<p>a{blank * 50_000}b</p>")
                # Quadratic time would take a minute.
                self.assertLess(time.process_time() - began, 5)

    def test_mail_reads_as_lines(self):
        mail = """<div><p>Hello
            <b>all</b>,</p>

            <p>see <a href="https://x.example/1">the page</a> or <a href="https://x.example">https://x.example</a></p>
            <ul><li>one</li>
                <li>two</li></ul><!-- not said --><style>p {}</style>
            Kim<br/>
            Harbour Dental</div>"""
        self.assertEqual(
            html_to_text(mail),
            "Hello all,\n\nsee the page (https://x.example/1) or https://x.example\n\none\ntwo\n\nKim\nHarbour Dental",
        )

    def test_nothing_says_nothing(self):
        for value in (False, None, "", "<p><br></p>", "<!-- x -->"):
            self.assertEqual(html_to_text(value), "")
