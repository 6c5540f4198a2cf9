"""`scripts/psa lint`: style and likely bugs, as `test` looks for them."""

from .checks import checkers


def run(tools: tuple[str, ...], fix: bool) -> int:
    """Run the named checkers, or all; 0 when they are content."""
    return checkers.run(list(tools), fix)
