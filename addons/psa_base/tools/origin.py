"""Where a change comes from, for the ledgers that tell it.

What shows in the request is read from there. What does not is told by the door that the change came
in by: it puts its `Origin` into the context. No caller from outside can put one there, because what
comes by RPC is a word, never a member of this class.
"""

from enum import StrEnum
from threading import current_thread
from urllib.parse import urlsplit

from odoo.http import request

KEY = "psa_origin"


class Origin(StrEnum):
    FORM = "form"
    IMPORT = "import"
    RPC = "rpc"
    API = "api"
    MAIL = "mail"
    PORTAL = "portal"
    HUB = "hub"
    AUTOMATION = "automation"
    SYSTEM = "system"

    @property
    def context(self):
        """What a door adds to the context."""
        return {KEY: self}


SELECTION = [
    (Origin.FORM.value, "Screen"),
    (Origin.IMPORT.value, "Import"),
    (Origin.RPC.value, "Other program (RPC)"),
    (Origin.API.value, "REST API"),
    (Origin.MAIL.value, "Mail"),
    (Origin.PORTAL.value, "Portal"),
    (Origin.HUB.value, "Integration"),
    (Origin.AUTOMATION.value, "Automation"),
    (Origin.SYSTEM.value, "System"),
]

# Odoo hides the request from what these call.
_RPC_PATHS = ("/xmlrpc/", "/jsonrpc")
_PATHS = (
    ("/psa/api/", Origin.API),
    ("/psa/webhook/", Origin.HUB),
    ("/queue_job/", Origin.SYSTEM),
    ("/json/", Origin.RPC),
)


def find_origin(env):
    told = env.context.get(KEY)
    if isinstance(told, Origin):
        return told
    if not request:
        url = getattr(current_thread(), "url", "")
        return Origin.RPC if urlsplit(url).path.startswith(_RPC_PATHS) else Origin.SYSTEM
    path = request.httprequest.path
    for prefix, origin in _PATHS:
        if path.startswith(prefix):
            return origin
    # The pages of the portal, whoever opens them; and whatever else a client's person calls.
    return Origin.PORTAL if env.user.share or path.startswith("/my/") else Origin.FORM


def find_request_id():
    """The `X-Request-Id` of the API's request that runs, as it is in the answer and the log; None elsewhere."""
    return getattr(request.dispatcher, "request_id", None) if request else None
