"""The screens of clients' programs: keys and webhooks in the back end and in the portal, and the API's own page."""

from .shot import FORM, LIST, PAGE, Shot, action

DIALOG = ".modal .o_form_view"
# The page draws the document: wait for its routes.
DOCS = ".swagger-ui .opblock-summary"

KEYS = "psa_base.psa_api_key_action"
WEBHOOKS = "psa_base.psa_api_subscription_action"

KEY = ("psa.api.key", [("name", "=", "Asset register")])
WEBHOOK = ("psa.api.subscription", [("name", "=", "Practice software")])

API_SHOTS = (
    Shot("admin-api-keys", "admin", action(KEYS), LIST),
    Shot("admin-api-key", "admin", action(KEYS, "/{id}"), FORM, KEY),
    Shot(
        "admin-api-key-replace",
        "admin",
        action(KEYS, "/{id}"),
        FORM,
        KEY,
        (("button[name='action_new_key']", DIALOG),),
    ),
    Shot("operations-webhooks", "operations", action(WEBHOOKS), LIST),
    Shot("operations-webhook", "operations", action(WEBHOOKS, "/{id}"), FORM, WEBHOOK),
    Shot("client-api", "client", "/my/api", PAGE),
    Shot("client-api-new", "client", "/my/api/new", PAGE),
    Shot("client-api-key", "client", "/my/api/{id}", PAGE, KEY),
    Shot("client-webhooks", "client", "/my/webhooks", PAGE),
    Shot("client-webhook", "client", "/my/webhooks/{id}", PAGE, WEBHOOK),
    Shot("client-api-docs", "client", "/psa/api/v1/docs", DOCS),
)
