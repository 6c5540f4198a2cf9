"""The register of adapters. It checks that each defines the methods for what it says it can do."""

from .rmm_adapter import RmmAdapter

ADAPTERS = {}


class AbsentAdapter(RmmAdapter):
    """Stands for an adapter whose addon is not installed any more: it can do nothing."""

    receives = False
    min_interval = 0.0

    def parse(self, payload):
        raise LookupError("The adapter of this connection is not installed.")


ABSENT = AbsentAdapter()

_READING = ("get_dedupe_key", "get_event_type", "parse")
_SENDING = ("send", "look_up")


def register(adapter_class):
    """Class decorator: make the adapter known under its `code`. Any addon may register its own.

    An adapter that lacks a method for what it says it can do is refused here, when its module is loaded.
    """
    known = ADAPTERS.get(adapter_class.code)
    if known and type(known).__qualname__ != adapter_class.__qualname__:
        raise TypeError(f"{adapter_class.__name__}: another adapter has the code '{adapter_class.code}' already.")
    needed = ["code", "label", *_get_needed_methods(adapter_class)]
    if missing := [name for name in needed if getattr(adapter_class, name) == getattr(RmmAdapter, name)]:
        raise TypeError(f"{adapter_class.__name__} must define {', '.join(missing)}.")
    ADAPTERS[adapter_class.code] = adapter_class()
    return adapter_class


def get_adapter(code):
    """The adapter with this code, or `ABSENT`."""
    return ADAPTERS.get(code, ABSENT)


def _get_needed_methods(adapter_class):
    needed = [f"fetch_{kind}" for kind in adapter_class.polls]
    if adapter_class.receives:
        needed.append("is_genuine")
    if adapter_class.receives or {"devices", "alerts"}.intersection(adapter_class.polls):
        needed += _READING
    if adapter_class.registers_webhooks:
        needed.append("register_webhook")
    if adapter_class.operations:
        needed += _SENDING
    return needed
