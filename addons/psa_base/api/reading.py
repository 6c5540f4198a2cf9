"""Reading of a request: its raw body, the file in it and its query string, and their validation by the schemas."""

import hashlib
import re
from dataclasses import dataclass

from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from ..exceptions import FieldError
from ..tools import strict_json
from ..tools.text import clean_line
from .errors import Problem, invalid, not_json, too_large

# How much of a multipart body is not the file.
_MULTIPART_MARGIN = 16 * 1024
_MAX_FILENAME = 255

_JSON_MEDIA_TYPE = re.compile(r"application/([\w.-]+\+)?json")


# Instead of pydantic's own messages where these name our Python classes.
_WORDS = {"model_type": "Input should be an object"}


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file as it came. Its name and its media type are the caller's, and may be wrong."""

    filename: str
    media_type: str
    content: bytes

    def get_fingerprint(self):
        """The same for the same file. (The multipart body differs with every try.)"""
        digest = hashlib.sha256(self.content).hexdigest()
        return f"{self.filename}\n{self.media_type}\n{digest}".encode()


def read_json_body(httprequest, limit):
    """The raw body (bytes) of a request with a JSON media type. Other types are a 415, and larger bodies a 413.

    A body without a length, such as a chunked one, is read up to the limit only.
    """
    if not _JSON_MEDIA_TYPE.fullmatch(httprequest.mimetype):
        raise not_json()
    if (httprequest.content_length or 0) > limit:
        raise too_large(limit)
    # At the maximum werkzeug cuts off a body without a length, and says nothing. One byte more shows that it did.
    httprequest.max_content_length = limit + 1
    raw = httprequest.get_data()
    if len(raw) > limit:
        raise too_large(limit)
    return raw


def read_upload(httprequest, rule):
    """The file of a multipart body. It is read into memory only when its size is known to be small enough."""
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
    """The body as an object of its schema. 400 if it is not a JSON object, 422 if a field is wrong."""
    try:
        payload = strict_json.loads_object(raw)
    except ValueError as error:
        raise Problem(400, f"The body must be one JSON object: {error}.") from error
    return validate(schema, payload, {"region": region})


def validate_query(schema, httprequest):
    """The query string as an object of its schema. Each parameter must be known, occur once and have a value."""
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
    # Names of unknown fields are the caller's: they may have any characters and any length.
    return ".".join(clean_line(str(step))[:100] for step in location)
