"""What a request brings: its raw body, the file in it, its query string; and what the schemas make of them."""

import hashlib
import re
from dataclasses import dataclass

from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from ..exceptions import FieldError
from ..tools import strict_json
from ..tools.text import clean_line
from .errors import Problem, invalid, not_json, too_large

# What surrounds the file in a multipart body.
_MULTIPART_MARGIN = 16 * 1024
_MAX_FILENAME = 255

_JSON_MEDIA_TYPE = re.compile(r"application/([\w.-]+\+)?json")


# Where the validator's own words name our classes.
_WORDS = {"model_type": "Input should be an object"}


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file as it came: neither its name nor its media type says what is in it."""

    filename: str
    media_type: str
    content: bytes

    def get_fingerprint(self):
        """The same for the same file, where a multipart body differs with every try."""
        digest = hashlib.sha256(self.content).hexdigest()
        return f"{self.filename}\n{self.media_type}\n{digest}".encode()


def read_json_body(httprequest, limit):
    """The raw body (bytes) of a request that says it is JSON; 415 and 413 otherwise.

    One without a length, as a chunked one, is read up to the limit and no further.
    """
    if not _JSON_MEDIA_TYPE.fullmatch(httprequest.mimetype):
        raise not_json()
    if (httprequest.content_length or 0) > limit:
        raise too_large(limit)
    # werkzeug cuts a body without a length off at the maximum, silently: one byte more shows it
    httprequest.max_content_length = limit + 1
    raw = httprequest.get_data()
    if len(raw) > limit:
        raise too_large(limit)
    return raw


def read_upload(httprequest, rule):
    """The one file of a multipart body, which lies on the disk until it is known to be small enough."""
    if httprequest.mimetype != "multipart/form-data":
        raise Problem(415, "The body must be a form with a file: send Content-Type: multipart/form-data.")
    httprequest.max_content_length = rule.max_bytes + _MULTIPART_MARGIN
    try:
        files, fields = httprequest.files, httprequest.form
    except RequestEntityTooLarge as error:
        raise too_large(rule.max_bytes) from error
    _check_parts(files, fields)
    file = files["file"]
    file.stream.seek(0)
    content = file.stream.read(rule.max_bytes + 1)
    if len(content) > rule.max_bytes:
        raise too_large(rule.max_bytes)
    filename = clean_line(re.split(r"[/\\]", file.filename or "")[-1])
    if not filename or len(filename) > _MAX_FILENAME:
        raise FieldError("file", "filename", f"The file needs a name of 1 to {_MAX_FILENAME} characters.")
    media_type = file.mimetype or "application/octet-stream"
    return UploadedFile(filename, media_type, content)


def _check_parts(files, fields):
    for name in [*fields, *files]:
        if name != "file" or name in fields:
            raise FieldError(clean_line(name)[:100], "extra_forbidden", "The form takes one file, in the field “file”.")
    if len(files.getlist("file")) != 1:
        raise FieldError("file", "missing", "The form takes one file, in the field “file”.")


def validate_body(schema, raw, region):
    """The body as its schema has it; 400 where it is no JSON object, 422 where a field is wrong."""
    try:
        payload = strict_json.loads_object(raw)
    except ValueError as error:
        raise Problem(400, f"The body must be one JSON object: {error}.") from error
    return validate(schema, payload, {"region": region})


def validate_query(schema, httprequest):
    """The query string as its schema has it: each parameter known, once, and not empty."""
    arguments = {}
    for name, values in httprequest.args.lists():
        if len(values) > 1:
            raise FieldError(clean_line(name)[:100], "repeated", "Give this parameter once.")
        if not values[0]:
            raise FieldError(clean_line(name)[:100], "empty", "Give this parameter a value or leave it out.")
        arguments[name] = values[0]
    return validate(schema, arguments)


def validate(schema, values, context=None):
    try:
        return schema.model_validate(values, context=context)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise invalid(*map(_describe, faults)) from error


def _describe(fault):
    return _join(fault["loc"]), fault["type"], _WORDS.get(fault["type"], fault["msg"])


def _join(location):
    # names are the sender's: they may be anything, of any length
    return ".".join(clean_line(str(step))[:100] for step in location)
