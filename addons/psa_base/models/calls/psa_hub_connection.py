from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...adapters import ABSENT
from ...exceptions import CallError, DeadLetter, ErrorClass
from ...series import Constraint
from ...tools.calls.client import VendorClient
from ...tools.web_address import read_address, read_system
from ...tools.windows import RELOAD, open_list, show_notification


class PsaHubConnection(models.Model):
    """How a connection's system is called: its address, the rate, and the state of the line to it."""

    _inherit = "psa.hub.connection"

    base_url = fields.Char(
        string="Base address",
        copy=False,
        help="Where the system's API is, without a trailing slash. Empty: the vendor's own address. "
        "After a change to another host the credential has to be entered again.",
    )
    may_use_http = fields.Boolean(
        string="In the own network",
        copy=False,
        help="Private addresses and calls without encryption are allowed then. Otherwise only public addresses are "
        "called, over https, whatever the host's name leads to.",
    )
    call_interval = fields.Float(
        string="Seconds between calls",
        compute="_compute_call_interval",
        store=True,
        readonly=False,
        help="No two calls are closer together than this, whoever makes them.",
    )
    is_patient = fields.Boolean(
        string="Retried for a week",
        copy=False,
        help="A message that was not taken is tried again for about a week instead of some hours: for receivers that "
        "somebody else operates.",
    )
    can_call = fields.Boolean(string="Is called", compute="_compute_abilities")
    can_send = fields.Boolean(string="Is sent messages", compute="_compute_abilities")
    circuit_ids = fields.One2many("psa.hub.circuit", "connection_id", string="Line", readonly=True)
    circuit_state = fields.Selection(related="circuit_ids.state", string="Line is")
    circuit_retry_at = fields.Datetime(related="circuit_ids.retry_at", string="Next trial")
    last_contact_at = fields.Datetime(related="circuit_ids.last_contact_at", string="Last answer")
    last_failure_at = fields.Datetime(related="circuit_ids.last_failure_at", string="Last fault")
    last_failure = fields.Char(related="circuit_ids.last_failure", string="What the fault was")

    _call_interval_sane = Constraint(
        "check(call_interval >= 0 and call_interval <= 3600)", "Seconds between calls must be from 0 to 3600."
    )

    @api.depends("adapter")
    def _compute_call_interval(self):
        for connection in self:
            connection.call_interval = connection._get_adapter().min_interval

    @api.constrains("base_url", "may_use_http")
    def _check_base_url(self):
        for connection in self.filtered("base_url"):
            if complaint := connection._find_complaint(connection.base_url):
                raise ValidationError(complaint)

    def action_test_connection(self):
        """Make one harmless call, even while the line is interrupted: an answer closes the circuit."""
        self.ensure_one()
        self.check_access("write")
        adapter = self._get_adapter()
        self.env["psa.hub.circuit"]._end_hold(self)
        try:
            with self._make_client(patience=30) as client:
                answer = adapter.probe(client)
        except (CallError, DeadLetter) as error:
            return self._get_test_notification("warning", str(error))
        self.env["psa.hub.outbox"]._wake_after_commit(self)
        text = self.env._("%(name)s answers as it should. %(answer)s", name=self.name, answer=answer)
        return self._get_test_notification("success", text)

    def action_view_outbox(self):
        self.ensure_one()
        return open_list(self.env, "psa_base.psa_hub_outbox_action", [("connection_id", "=", self.id)])

    def _get_test_notification(self, kind, text):
        return show_notification(kind, text, sticky=kind == "warning", next=RELOAD)

    @api.model
    def _get_abilities(self, adapter):
        return {
            **super()._get_abilities(adapter),
            "can_send": bool(adapter.operations),
            "can_call": bool(adapter.operations or adapter.polls),
            "needs_credential": bool(adapter.auth),
        }

    @contextmanager
    def _calling(self):
        """Give a client for the system's API, for calls inside the `with` block.

        Raises CallError when the system may not be called now, or when the connection lacks an address or a
        credential. How each call ends is recorded on the line (psa.hub.circuit) in a transaction of its own.
        """
        self.ensure_one()
        circuits = self.env["psa.hub.circuit"]
        client = self._make_client()
        circuits._enter(self)
        with client:
            yield client

    def _make_client(self, **options):
        adapter = self._get_adapter()
        if adapter is ABSENT:
            raise CallError(
                self.env._("The adapter of %s is not installed any more. Choose another one.", self.name),
                ErrorClass.NEEDS_PERSON,
            )
        circuits = self.env["psa.hub.circuit"]
        base_url = self.base_url or adapter.default_base_url
        if not base_url:
            raise CallError(
                self.env._("%s has no base address yet. Enter it on the connection, page Calling.", self.name),
                ErrorClass.NEEDS_PERSON,
            )
        if complaint := self._find_complaint(base_url):
            raise CallError(complaint, ErrorClass.NEEDS_PERSON)
        auth, spare_auth = self._get_auths()
        interval = self.call_interval
        return VendorClient(
            base_url,
            auth,
            spare_auth=spare_auth,
            min_interval=interval,
            book=(lambda: circuits._book(self, interval)) if interval else None,
            report=lambda error: circuits._record_call(self, error),
            signing_secrets=self._get_live_secrets(),
            may_stay_inside=self.may_use_http,
            **{"patience": adapter.patience, **options},
        )

    def _find_complaint(self, url):
        """What is wrong with an address to call, as a sentence; empty when nothing is."""
        address = read_address(url)
        if not address:
            return self.env._("The base address must be a web address, like https://api.example.com/v3.")
        if address.has_login:
            return self.env._("The base address must not hold a login: enter it as the credential.")
        if address.is_unusable:
            return self.env._("%s is no address that another system can have.", address.host)
        is_http = address.scheme == "http"
        if self.may_use_http:
            if is_http and address.literal and not address.is_inside:
                return self.env._("%s is not in the own network: its address must begin with https://.", address.host)
            return ""
        if is_http:
            return self.env._(
                "The base address must begin with https://. For a system in your own network without it, tick "
                "“In the own network”."
            )
        if address.is_inside:
            return self.env._(
                "%s is no public address. For a system in your own network, tick “In the own network”.", address.host
            )
        return ""

    # --- Another host: a credential that was entered for one host is never sent to another. ---

    def write(self, vals):
        if not vals.keys() & {"adapter", "base_url"}:
            return super().write(vals)
        before = {connection: connection._get_place() for connection in self}
        result = super().write(vals)
        self.filtered(lambda connection: connection._get_place() != before[connection])._forget_credentials()
        return result

    def _get_place(self):
        """Scheme, host and port of what is called."""
        return read_system(self.base_url or self._get_adapter().default_base_url)

    def _forget_credentials(self):
        self._with_sealed_fields().write(
            {"credential_sealed": False, "previous_credential_sealed": False, "credential_set_at": False}
        )
