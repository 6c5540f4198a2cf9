"""Which kinds of files a client may send, and with which media type each is downloaded again.

A file is refused when the ending of its name is not in these tables, so nothing gets in that a browser or a desktop
would run: no HTML, no SVG, no script, no program. Its content must be what the ending says. Text that begins like a web
page or a script is refused under any ending.
"""

import re

_ZIP, _OLE = (b"PK\x03\x04", b"PK\x05\x06"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

# Ending -> (media type, offset in bytes, what the content has at that offset).
_BINARY = {
    "7z": ("application/x-7z-compressed", 0, (b"7z\xbc\xaf\x27\x1c",)),
    "bmp": ("image/bmp", 0, (b"BM",)),
    "doc": ("application/msword", 0, _OLE),
    "docx": (f"{_OFFICE}wordprocessingml.document", 0, _ZIP),
    "evtx": ("application/octet-stream", 0, (b"ElfFile\x00",)),
    "gif": ("image/gif", 0, (b"GIF87a", b"GIF89a")),
    "gz": ("application/gzip", 0, (b"\x1f\x8b",)),
    "heic": ("image/heic", 4, (b"ftyp",)),
    "jpeg": ("image/jpeg", 0, (b"\xff\xd8\xff",)),
    "jpg": ("image/jpeg", 0, (b"\xff\xd8\xff",)),
    "m4a": ("audio/mp4", 4, (b"ftyp",)),
    "mov": ("video/quicktime", 4, (b"ftyp", b"moov", b"wide", b"mdat")),
    "mp4": ("video/mp4", 4, (b"ftyp",)),
    "msg": ("application/vnd.ms-outlook", 0, _OLE),
    "odp": (f"{_OPEN}presentation", 0, _ZIP),
    "ods": (f"{_OPEN}spreadsheet", 0, _ZIP),
    "odt": (f"{_OPEN}text", 0, _ZIP),
    "pcap": ("application/vnd.tcpdump.pcap", 0, (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1")),
    "pcapng": ("application/octet-stream", 0, (b"\x0a\x0d\x0d\x0a",)),
    "pdf": ("application/pdf", 0, (b"%PDF-",)),
    "png": ("image/png", 0, (b"\x89PNG\r\n\x1a\n",)),
    "ppt": ("application/vnd.ms-powerpoint", 0, _OLE),
    "pptx": (f"{_OFFICE}presentationml.presentation", 0, _ZIP),
    "rtf": ("application/rtf", 0, (b"{\\rtf",)),
    "tif": ("image/tiff", 0, (b"II*\x00", b"MM\x00*")),
    "tiff": ("image/tiff", 0, (b"II*\x00", b"MM\x00*")),
    "wav": ("audio/wav", 8, (b"WAVE",)),
    "webm": ("video/webm", 0, (b"\x1a\x45\xdf\xa3",)),
    "webp": ("image/webp", 8, (b"WEBP",)),
    "xls": ("application/vnd.ms-excel", 0, _OLE),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", 0, _ZIP),
    "zip": ("application/zip", 0, _ZIP),
}
_TEXT = {
    "csv": "text/csv",
    "eml": "message/rfc822",
    "json": "application/json",
    "log": "text/plain",
    "md": "text/markdown",
    "txt": "text/plain",
}
ENDINGS = sorted([*_BINARY, *_TEXT])
UNKNOWN_MEDIA_TYPE = "application/octet-stream"

_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}
_RUNNABLE = re.compile(r"\s*(#!|<(!doctype|!--|\?|html|head|body|script|svg|iframe|object))", re.IGNORECASE)
# Characters that reverse the order of letters on the screen, so that a name can seem to have another ending.
_TURNING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean_filename(name):
    """The name without the characters that could hide its ending on the screen."""
    return _TURNING.sub("", name).strip()


def get_media_type(name):
    """The media type with which a file of this name is downloaded."""
    ending = _get_ending(name)
    return _BINARY[ending][0] if ending in _BINARY else _TEXT.get(ending, UNKNOWN_MEDIA_TYPE)


def is_acceptable(name, content):
    """Whether a file with this name and content (bytes) may come in."""
    ending = _get_ending(name)
    if ending in _TEXT:
        return _is_plain(content)
    if ending not in _BINARY:
        return False
    _media_type, offset, beginnings = _BINARY[ending]
    return content[offset:].startswith(beginnings) if offset else content.startswith(beginnings)


def _get_ending(name):
    return name.rpartition(".")[2].lower() if "." in name else ""


def _is_plain(content):
    head = content[:4096]
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return not _RUNNABLE.match(head[len(mark) :].decode(encoding, "replace"))
    # Without a byte order mark the encoding is unknown, but text has no NUL in any of the usual ones.
    return b"\x00" not in content and not _RUNNABLE.match(head.decode("latin-1"))
