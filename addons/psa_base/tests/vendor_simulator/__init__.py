"""The vendors' systems, as far as the suite speaks to them: a real HTTP server on loopback.

Shapes, paging and authentication are those of facts that vendors publish; faults happen by script, and
every call is on record. Needs nothing but Python's standard library, so it also runs as a program:
`python addons/psa_base/tests/vendor_simulator --port 8090`.
"""

from .faults import Fault
from .server import VendorSimulator

__all__ = ["Fault", "VendorSimulator"]
