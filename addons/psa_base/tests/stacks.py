"""Text of which people see few characters, and the database holds many bytes."""

import unicodedata
from collections import defaultdict
from random import Random


def make_stacks(count, parts):
    """`count` characters as people see them, each of `parts` code points of four bytes; the same text every time.

    The bytes repeat each other as little as can be, so that PostgreSQL cannot make the text much smaller.
    """
    random = Random(4711)  # noqa: S311 - the same every time is what is wanted
    blocks = list(_get_marks().values())
    return "".join(
        chr(random.randrange(0x20000, 0x2A000))
        + "".join(random.choice(random.choice(blocks)) for _part in range(parts - 1))
        for _stack in range(count)
    )


def _get_marks():
    """What is drawn onto the character before it, by the three bytes that each begins with."""
    blocks = defaultdict(list)
    for mark in map(chr, [*range(0x10000, 0x1F000), *range(0xE0100, 0xE01F0)]):
        if unicodedata.category(mark) == "Mn":
            blocks[mark.encode()[:3]].append(mark)
    return blocks
