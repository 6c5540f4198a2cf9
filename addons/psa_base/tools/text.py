"""Text from outside, made fit for the database and the screen."""

import json
import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_JOINER = "\u200d"
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def replace_half_characters(value):
    """Text as UTF-8 can have it: a JSON escape may be half of a character."""
    return _SURROGATE.sub("\ufffd", value)


def lay_out(value):
    """A value as JSON that people can read."""
    return replace_half_characters(json.dumps(value, default=str, ensure_ascii=False, indent=2))


def to_rfc3339(moment):
    """A naive UTC time as RFC 3339 writes it, to the second; None where there is none."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z" if moment else None


def tell_error(error):
    """What an unexpected error says, for a sentence to people; its kind when it says nothing."""
    return str(error)[:500] or type(error).__name__


def clean_text(value):
    """Without control characters, with one kind of line break; half characters are replaced."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return replace_half_characters(_CONTROL.sub("", value)).strip()


def clean_line(value):
    """The same, on one line."""
    # most of what programs send is one word: nothing to clean
    if value.isprintable() and " " not in value:
        return value
    return " ".join(clean_text(value).split())


def is_written(value):
    """Whether people can read something: characters without width are no name and no reason."""
    return any(map(str.isalnum, value))


def count_characters(value):
    """How many characters people see: accents, skin tones and joined emoji are part of the one that they are on.

    Good enough for a limit; where lines may break is not told by it.
    """
    if value.isascii():
        return len(value)
    count, is_joined, is_half_flag = 0, False, False
    for char in value:
        is_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
        if not (_is_part(char) or is_joined or (is_flag and is_half_flag)):
            count += 1
        is_half_flag = is_flag and not is_half_flag
        is_joined = char == _JOINER
    return count


def _is_part(char):
    """Whether it is drawn onto the character before it."""
    return (
        unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf")
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        # vowels and final consonants of a Korean syllable that is written in its parts
        or "\u1160" <= char <= "\u11ff"
    )
