import os
import re
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...exceptions import CallError, ErrorClass
from ...tools import secrets_box
from ...tools.calls.client import Bearer
from ...tools.windows import open_dialog

ENV_PREFIX = "PSA_CREDENTIAL_"

FOLDER_VARIABLE = "PSA_CREDENTIALS_DIR"

DEFAULT_FOLDER = "/run/secrets"

# Other programs keep secrets in the default folder, too: only files with this prefix are read there.
DEFAULT_FOLDER_PREFIX = "psa_credential_"

_ENV_NAME = re.compile(rf"{ENV_PREFIX}[A-Z0-9_]+")

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")

_CREDENTIAL = re.compile(r"[!-~]+( [!-~]+)*")

_MAX_LENGTH = 4096


class PsaHubConnection(models.Model):
    """The credential that a connection's system is called with.

    The database holds it sealed, or only the name of a variable or file that holds it. While a credential is replaced,
    two are live: when the system refuses the first, the spare one is tried.
    """

    _inherit = "psa.hub.connection"

    credential_source = fields.Selection(
        [
            ("sealed", "Entered here, kept sealed"),
            ("environment", "Environment variable of the server"),
            ("file", "File of the server"),
        ],
        string="Credential is",
        required=True,
        default="sealed",
        copy=False,
    )
    credential_name = fields.Char(
        string="Its name",
        copy=False,
        help="The variable begins with PSA_CREDENTIAL_; the file is in the server's folder of secrets "
        "(in /run/secrets, it begins with psa_credential_).",
    )
    spare_credential_name = fields.Char(
        string="Name of the spare one",
        copy=False,
        help="While a credential is replaced: tried when the first is refused.",
    )
    credential_sealed = fields.Char(string="Sealed credential", readonly=True, copy=False, groups=fields.NO_ACCESS)
    previous_credential_sealed = fields.Char(
        string="Sealed previous credential", readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    credential_set_at = fields.Datetime(string="Credential entered on", readonly=True, copy=False)
    has_previous_credential = fields.Boolean(
        string="Previous credential still live", compute="_compute_has_previous_credential", compute_sudo=True
    )
    needs_credential = fields.Boolean(string="Needs a credential", compute="_compute_abilities")

    @api.depends("previous_credential_sealed")
    def _compute_has_previous_credential(self):
        for connection in self:
            connection.has_previous_credential = bool(connection.previous_credential_sealed)

    @api.constrains("credential_source", "credential_name", "spare_credential_name")
    def _check_credential_names(self):
        for connection in self:
            names = filter(None, (connection.credential_name, connection.spare_credential_name))
            if connection.credential_source == "environment" and not all(map(_ENV_NAME.fullmatch, names)):
                raise ValidationError(
                    self.env._(
                        "The variable's name must begin with %s and go on with capitals, digits and _.", ENV_PREFIX
                    )
                )
            if connection.credential_source == "file" and not all(map(_FILE_NAME.fullmatch, names)):
                raise ValidationError(
                    self.env._("Enter the file's name alone: letters, digits, dots, - and _, without a folder.")
                )

    def action_enter_credential(self):
        return self._get_credential_dialog("credential", self.env._("Enter the credential"))

    def action_enter_signing_secret(self):
        return self._get_credential_dialog("signing", self.env._("Enter the signing secret"))

    def action_revoke_previous_credential(self):
        self.check_access("write")
        self._with_sealed_fields().previous_credential_sealed = False

    def _get_credential_dialog(self, kind, title):
        self.ensure_one()
        self.check_access("write")
        context = {"default_connection_id": self.id, "default_kind": kind}
        return open_dialog(self.env["psa.hub.credential"], title, context=context)

    def _set_credential(self, sealed):
        """Replace the credential by a sealed one. The one before stays live until somebody revokes it."""
        self.ensure_one()
        self.check_access("write")
        connection = self._with_sealed_fields()
        connection.write(
            {
                "credential_source": "sealed",
                "previous_credential_sealed": connection.credential_sealed,
                "credential_sealed": sealed,
                "credential_set_at": fields.Datetime.now(),
            }
        )

    def _get_auths(self):
        """(credential, spare one) in the form that the client takes; None for one that does not exist."""
        kind = self._get_adapter().auth
        if not kind:
            return None, None
        credential, spare = self._get_credentials()
        if not credential:
            raise CallError(
                self.env._("%s has no credential yet. Enter it on the connection, page Calling.", self.name),
                ErrorClass.NEEDS_PERSON,
            )
        return self._make_auth(kind, credential), self._make_auth(kind, spare) if spare else None

    def _make_auth(self, kind, credential):
        if not _CREDENTIAL.fullmatch(credential):
            self._refuse_credential(self.env._("it has characters that no credential has"))
        if kind == "bearer":
            return Bearer(credential)
        identifier, colon, secret = credential.partition(":")
        if not colon:
            self._refuse_credential(self.env._("it must be written as ID:secret"))
        return identifier, secret

    def _get_credentials(self):
        if self.credential_source == "environment":
            return [self._read_variable(name) for name in (self.credential_name, self.spare_credential_name)]
        if self.credential_source == "file":
            return [self._read_file(name) for name in (self.credential_name, self.spare_credential_name)]
        connection = self._with_sealed_fields()
        try:
            return [
                secrets_box.unseal(sealed) if sealed else ""
                for sealed in (connection.credential_sealed, connection.previous_credential_sealed)
            ]
        except secrets_box.SecretUnreadable as error:
            raise CallError(str(error), ErrorClass.NEEDS_PERSON) from None

    def _read_variable(self, name):
        if not name or not _ENV_NAME.fullmatch(name):
            return ""
        value = os.environ.get(name, "").strip()
        if not value:
            self._refuse_credential(self.env._("the server has no variable %s, or it is empty", name))
        return value

    def _read_file(self, name):
        if not name or not _FILE_NAME.fullmatch(name):
            return ""
        folder = os.environ.get(FOLDER_VARIABLE)
        if not folder and not name.startswith(DEFAULT_FOLDER_PREFIX):
            self._refuse_credential(self.env._("in %s its file must begin with psa_credential_", DEFAULT_FOLDER))
        try:
            value = Path(folder or DEFAULT_FOLDER, name).read_text()[:_MAX_LENGTH].strip()
        except (OSError, UnicodeDecodeError):
            value = ""
        if not value:
            self._refuse_credential(self.env._("the server cannot read the file %s of its folder of secrets", name))
        return value

    def _refuse_credential(self, cause):
        text = self.env._("The credential of %(name)s cannot be used: %(cause)s.", name=self.name, cause=cause)
        raise CallError(text, ErrorClass.NEEDS_PERSON)
