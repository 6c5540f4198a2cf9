import logging

from odoo import models
from odoo.exceptions import UserError
from odoo.models import MAGIC_COLUMNS
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, html2plaintext
from odoo.tools.misc import format_datetime

from ...exceptions import DeadLetter
from ...tools.origin import Origin
from ...tools.rehearsal import rehearse
from ...tools.text import tell_error

_logger = logging.getLogger(__name__)

# What a log keeps about records, and what people never read.
_UNTOLD_FIELDS = frozenset({"access_token", "uuid", "dedupe_key", "fingerprint", "key", "told_hash"})
_UNTOLD_PREFIXES = ("message_", "activity_", "my_activity_")
_UNTOLD_TYPES = frozenset({"one2many", "many2many", "binary", "json", "serialized", "properties"})


class PsaHubDryRunMixin(models.AbstractModel):
    """What a message would do if it were worked now: it is worked, looked at, and taken back whole."""

    _name = "psa.hub.dry.run.mixin"
    _description = "Dry run of a message"

    def action_dry_run(self):
        """Show what a replay would create and change. Nothing of it is kept."""
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
        # what they were before can be read only now that they are so again
        return outcome, words, [change for records, after in found.items() for change in self._compare(records, after)]

    def _rehearse_work(self):
        """(outcome, words) of working the message, whatever it runs into."""
        try:
            # not the savepoint that flushes: it would run what waits for the commit
            with self.env.cr.savepoint(flush=False):
                self.with_context(**Origin.HUB.context)._apply()
                self.env.flush_all()
        except DeadLetter as letter:
            return "dead", str(letter)
        except UserError as error:
            return "error", str(error)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # the whole transaction is stale: the server starts the request again
        except Exception as error:
            _logger.exception("The dry run of message %s failed", self.uuid)
            return "error", self.env._("An unexpected error: %s.", tell_error(error))
        return "done", ""

    def _mark_transaction(self):
        """The name that PostgreSQL has for what is written from here on."""
        mark = SQL("UPDATE %s SET id = id WHERE id = %s RETURNING xmin", SQL.identifier(self._table), self.id)
        [(name,)] = self.env.execute_query(mark)
        return name

    def _find_touched(self, mark):
        """{records: what they hold now} of what was written since the mark, whichever way it was."""
        found = {}
        for model in self._get_dry_run_models():
            records = self.env[model].with_context(active_test=False)
            touched = self.env.execute_query(
                SQL("SELECT id FROM %s WHERE age(xmin) <= age(%s::xid)", SQL.identifier(records._table), str(mark))
            )
            # what the person may not read is not theirs to be told
            records = records.browse(record_id for (record_id,) in touched)._filtered_access("read")
            if records:
                found[records] = {record.id: (record.display_name, self._describe(record)) for record in records}
        return found

    def _compare(self, records, after):
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
        """{label: value} of a record's own fields as its form has them."""
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
            # sudo: a link shows what it leads to by name, as every form does.
            return value.sudo().display_name or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "datetime":
            return format_datetime(self.env, value)
        return html2plaintext(value) if field.type == "html" else str(value)

    def _get_dry_run_models(self):
        """The models whose rows people know: what a message can touch there is told."""
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
