import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, html2plaintext
from odoo.tools.misc import format_datetime

from ...exceptions import DeadLetter
from ...tools.origin import Origin
from ...tools.rehearsal import rehearse
from ...tools.text import tell_error
from ...tools.windows import open_form, show_notification

_logger = logging.getLogger(__name__)

# Fields that people do not read on a form: keys, tokens and what mail keeps about records.
_UNTOLD_FIELDS = frozenset({"access_token", "uuid", "dedupe_key", "fingerprint", "key", "told_hash"})

_UNTOLD_PREFIXES = ("message_", "activity_", "my_activity_")

_UNTOLD_TYPES = frozenset({"one2many", "many2many", "binary", "json", "serialized", "properties"})


class PsaHubMessageMixin(models.AbstractModel):
    """What a person can do about a dead letter: mend its cause, replay it, try a replay without effect.

    A message names its mend by a code (`mend`) with facts for it (`mend_values`). For the code `x` there is a method
    `_mend_x()`, which returns the action that opens the screen, and the words on its button in `_get_mend_labels`.
    """

    _inherit = "psa.hub.message.mixin"

    mend_label = fields.Char(
        string="What helps", compute="_compute_mend_label", help="What to do before the message is replayed."
    )

    @api.depends("mend")
    def _compute_mend_label(self):
        labels = self._get_mend_labels()
        for message in self:
            message.mend_label = labels.get(message.mend, False)

    def action_mend(self):
        """Open the screen where the cause can be mended."""
        self.ensure_one()
        self._check_may_settle()
        if self.state != "dead" or self.mend not in self._get_mend_labels():
            raise UserError(self.env._("There is no screen for this one: do what the reason says, then replay."))
        return getattr(self, f"_mend_{self.mend}")()

    def _check_may_settle(self):
        self.check_access("read")
        if not self.env.user.has_group("psa_base.group_operations"):
            raise AccessError(self.env._("Only operations and administrators may settle dead letters."))

    def _mend_check_settings(self):
        return self._open_to_mend(self.connection_id)

    def _open_to_mend(self, record, name=None):
        """An action that opens the form of `record`."""
        return open_form(record, name=name or record.display_name)

    @api.model
    def _get_mend_labels(self):
        """The words on the button of each mend."""
        return {"check_settings": self.env._("Check the connection")}

    # --- Replay: dead letters are worked once more, a few at once, many by a job that shows how far it is. ---

    # A person waits for at most so many.
    REPLAY_AT_ONCE = 20

    def action_replay(self):
        """Work dead letters once more, after their cause was mended."""
        self._check_may_settle()
        if len(self) > self.REPLAY_AT_ONCE:
            return self.env["psa.hub.replay"]._start(self)
        messages = self._lock("dead")
        if not messages:
            raise UserError(
                self.env._("There is nothing to replay: only dead letters can be, by one person at a time.")
            )
        messages._replay_messages(self.env.user)
        return messages._get_replay_notification()

    def _replay_messages(self, user):
        """Work each once more, in order of arrival; `user` asked for it."""
        for message in self:
            message._work(replayed_by=user)

    def _lock(self, *states):
        """Lock those in one of `states` that no other transaction has locked; returns them in order of arrival."""
        self.flush_model(["state"])
        lock = SQL(
            "SELECT id FROM %s WHERE id = ANY(%s) AND state = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED",
            SQL.identifier(self._table),
            list(self.ids),
            list(states),
        )
        return self.browse(message_id for (message_id,) in self.env.execute_query(lock))

    def _get_replay_notification(self):
        dead = len(self.filtered(lambda message: message.state == "dead"))
        if dead:
            text = self.env._(
                "%(dead)s of %(all)s are dead letters again: the reason is on each.", dead=dead, all=len(self)
            )
        else:
            text = self._get_replayed_words()
        return self._get_notification(text, "warning" if dead else "success")

    def _get_replayed_words(self):
        return self.env._("Worked: %s.", len(self))

    @api.model
    def _get_notification(self, text, kind):
        return show_notification(kind, text, next={"type": "ir.actions.client", "tag": "psa_hub_settled"})

    # --- Dry run: a message is worked, its effects are read, and all is rolled back. ---

    def action_dry_run(self):
        """Show what a replay would create and change, without doing it."""
        self.ensure_one()
        self._check_may_settle()
        return self.env["psa.hub.dry.run"]._show(self, *self._dry_run())

    def _dry_run(self):
        """(outcome, words, changes) of working the message now.

        The outcome is "done", "dead" or "error"; a change is a dict of `model`, `res_id`, `name`, `is_new` and
        `values`, a list of (label, before, after) as people read them.
        """
        if not self._lock("dead"):
            raise UserError(self.env._("There is nothing to try: only dead letters that nobody works on can be."))
        with rehearse(self.env):
            mark = self._mark_transaction()
            outcome, words = self._rehearse_work()
            found = self._find_touched(mark) if outcome == "done" else {}
        # After the rollback the records have their old values again, which are compared with the new ones.
        return outcome, words, [change for records, after in found.items() for change in self._compare(records, after)]

    def _rehearse_work(self):
        """(outcome, words) of working the message; errors are an outcome, too."""
        try:
            # A savepoint that flushes would run the precommit hooks.
            with self.env.cr.savepoint(flush=False):
                self.with_context(**Origin.HUB.context)._apply()
                self.env.flush_all()
        except DeadLetter as letter:
            return "dead", str(letter)
        except UserError as error:
            return "error", str(error)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # The whole transaction is stale, and the server starts the request again.
        except Exception as error:
            _logger.exception("The dry run of message %s failed", self.uuid)
            return "error", self.env._("An unexpected error: %s.", tell_error(error))
        return "done", ""

    def _mark_transaction(self):
        """The transaction ID (xmin) that PostgreSQL gives to rows that are written from here on."""
        mark = SQL("UPDATE %s SET id = id WHERE id = %s RETURNING xmin", SQL.identifier(self._table), self.id)
        [(name,)] = self.env.execute_query(mark)
        return name

    def _find_touched(self, mark):
        """{records: {id: (name, values)}} of all rows that were written since the mark, by the ORM or by SQL."""
        found = {}
        for model in self._get_dry_run_models():
            records = self.env[model].with_context(active_test=False)
            touched = self.env.execute_query(
                SQL("SELECT id FROM %s WHERE age(xmin) <= age(%s::xid)", SQL.identifier(records._table), str(mark))
            )
            # Only what the person may read is shown.
            records = records.browse(record_id for (record_id,) in touched)._filtered_access("read")
            if records:
                found[records] = {record.id: (record.display_name, self._describe(record)) for record in records}
        return found

    def _compare(self, records, after):
        """A change for each record whose values differ from `after` ({id: (name, values)}), which the dry run read."""
        existing = records.exists()
        for record in records:
            name, values = after[record.id]
            before = self._describe(record) if record in existing else {}
            rows = [
                (label, before.get(label, ""), value)
                for label, value in values.items()
                if before.get(label, "") != value
            ]
            if rows:
                yield {
                    "model": self.env["ir.model"]._get(record._name).name,
                    "res_model": record._name,
                    "res_id": record.id if record in existing else False,
                    "name": name,
                    "is_new": record not in existing,
                    "values": rows,
                }

    def _describe(self, record):
        """{label: value as text} of the stored fields that a form of the record can show."""
        return {
            field.string: self._format_value(record, field)
            for name, field in record._fields.items()
            if field.store
            and name not in MAGIC_COLUMNS
            and name not in _UNTOLD_FIELDS
            and not name.startswith(_UNTOLD_PREFIXES)
            and field.type not in _UNTOLD_TYPES
            and record._fields[name].groups is None
        }

    def _format_value(self, record, field):
        value = record[field.name]
        if field.type == "boolean":
            return self.env._("yes") if value else ""
        if not value:
            return ""
        if field.relational:
            # sudo: a form shows the name of a linked record even to those who may not open it.
            return value.sudo().display_name or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "datetime":
            return format_datetime(self.env, value)
        return html2plaintext(value) if field.type == "html" else str(value)

    def _get_dry_run_models(self):
        """The models whose changes a dry run shows: all that a message can change and people know."""
        known = (
            "res.partner",
            "psa.asset",
            "psa.asset.identity",
            "psa.alert",
            "helpdesk.ticket",
            "psa.hub.organization",
            "psa.hub.conflict",
            "psa.hub.outbox",
        )
        return [model for model in known if model in self.env]
