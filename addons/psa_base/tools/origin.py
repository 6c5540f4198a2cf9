"""How a change came in, for the ledgers: by a form, an import, the REST API, mail, …

Most ways are read from the request. The others are told by the code where the change comes in, which puts an `Origin`
into the context. Callers from outside cannot do that: RPC brings strings, and only members of `Origin` count.
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
        """What is added to the context to tell this origin."""
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

# Odoo hides the request from code that is called by these addresses.
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
    # Pages of the portal, whoever opens them, and every other address that a portal user calls.
    return Origin.PORTAL if env.user.share or path.startswith("/my/") else Origin.FORM


def find_request_id():
    """The `X-Request-Id` of the running request of the REST API, as in its answer and in the log; else None."""
    return getattr(request.dispatcher, "request_id", None) if request else None
