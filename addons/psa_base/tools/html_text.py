"""Text from outside turned into HTML, and HTML turned into text."""

import re

from lxml.etree import Comment, iterwalk, strip_elements
from lxml.html import fragment_fromstring
from markupsafe import Markup

# Marks in the text while it is put together; no text has these characters. The first stands for white space that only
# lays out the HTML, the others for the beginning or end of a block and of a paragraph.
_LAYOUT, _BLOCK, _PARAGRAPH = "\x00", "\x01", "\x02"
# The look-behinds keep a search from starting at every blank of a long run, which would take quadratic time.
_SPACING = re.compile(r"(?<![ \t\r\f])[ \t\r\f]*\n\s*")
_MARKS = re.compile(f"(?<! ) *(?:[{_LAYOUT}{_BLOCK}{_PARAGRAPH}] *)+")
_UNSEEN = ("head", "script", "style", "template", "title")
_EDGES = {
    **dict.fromkeys(("blockquote", "ol", "p", "pre", "table", "ul"), _PARAGRAPH),
    **dict.fromkeys(("div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "section", "td", "th", "tr"), _BLOCK),
}


def text_to_html(value):
    """HTML that shows a text from outside as it is: markup and links in it stay plain text."""
    return Markup("<p>%s</p>") % Markup("<br/>").join(value.split("\n"))


def html_to_text(value):
    """The text of HTML, in lines. The result of `text_to_html` comes back exactly as the text was."""
    if not value:
        return ""
    root = fragment_fromstring(str(value), create_parent="div")
    strip_elements(root, Comment, *_UNSEEN, with_tail=False)
    said = "\n".join(line.strip(_LAYOUT) for line in "".join(_walk(root)).split("\n"))
    return _MARKS.sub(lambda marks: _join_marks(marks[0]), said).strip()


def _walk(root):
    for event, node in iterwalk(root, events=("start", "end")):
        edge = _EDGES.get(node.tag, "")
        if event == "start":
            yield edge
            yield "\n" if node.tag == "br" else _SPACING.sub(_LAYOUT, node.text or "")
        else:
            address = node.get("href", "") if node.tag == "a" else ""
            if address.startswith(("http:", "https:")) and address not in node.text_content():
                yield f" ({address})"
            yield edge
            yield _SPACING.sub(_LAYOUT, node.tail or "")


def _join_marks(marks):
    if _PARAGRAPH in marks:
        return "\n\n"
    return "\n" if _BLOCK in marks else " "
