"""Text from outside, made fit for the database and the screen."""

import json
import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_JOINER = "\u200d"
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def replace_half_characters(value):
    """The text without surrogates, which UTF-8 cannot write: a JSON escape can be half of a character."""
    return _SURROGATE.sub("\ufffd", value)


def lay_out(value):
    """A value as JSON in lines, for people."""
    return replace_half_characters(json.dumps(value, default=str, ensure_ascii=False, indent=2))


def to_rfc3339(moment):
    """A naive UTC time as RFC 3339 writes it, to the second; None where there is none."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z" if moment else None


def tell_error(error):
    """The text of an unexpected error, for a sentence to people; its type if it has no text."""
    return str(error)[:500] or type(error).__name__


def clean_text(value):
    """The text without control characters and surrogates, and with one kind of line break."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return replace_half_characters(_CONTROL.sub("", value)).strip()


def clean_line(value):
    """`clean_text` on one line."""
    # Most values are one word, and need no cleaning.
    if value.isprintable() and " " not in value:
        return value
    return " ".join(clean_text(value).split())


def is_written(value):
    """Whether there is a letter or a digit in it: blanks and invisible characters are no name and no reason."""
    return any(map(str.isalnum, value))


def count_characters(value):
    """How many characters people see: accents, skin tones and joined emoji belong to the character before them.

    This is exact enough for a limit of length.
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
    """Whether a character is drawn onto the one before it."""
    return (
        unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf")
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        # Vowels and final consonants of a Korean syllable that is written in its parts.
        or "\u1160" <= char <= "\u11ff"
    )
