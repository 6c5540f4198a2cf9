"""Walks the tables of role_matrix.py, cell by cell, with a real user and the web client's own calls.

Every cell is called in this process, as the web client's route calls it. The first cell of each role, operation and
outcome goes over the wire as well, and must be answered by the same words.
"""

import json
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import api, fields
from odoo.http import serialize_exception
from odoo.service.model import retrying
from odoo.tools.json import json_default

from odoo.addons.web.controllers import dataset

from ..series import may_read_field
from .common import RpcError
from .role_matrix import OPERATIONS, ROLES

# What a form could write back as it stands, without setting anything in motion.
PLAIN_TYPES = {"boolean", "char", "date", "datetime", "float", "html", "integer", "selection", "text"}

# What the portal keeps on a record, whoever looks at it.
OPEN_FIELDS = {"access_token"}

# What a refusal is: a sentence of Odoo or of ours, or a field that kept its value. Any other error is no refusal.
REFUSALS = r"^(odoo\.exceptions\.\w+|kept)$"

# The operations that any record has. Every other method is a button's.
OPERATION_METHODS = {"web_read", "web_save", "write", "unlink"}


def to_wire(value):
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return fields.Datetime.to_string(value)
    if isinstance(value, date):
        return fields.Date.to_string(value)
    if isinstance(value, (list, tuple)):
        return [to_wire(item) for item in value]
    if isinstance(value, dict):
        return {key: to_wire(item) for key, item in value.items()}
    return value.decode() if isinstance(value, bytes) else value


class RoleWalkMixin:
    """For a class of HTTP tests. What a call did is undone before the next one."""

    def setUp(self):
        super().setUp()
        self.tried_over_wire = set()
        self.contexts = {}

    @contextmanager
    def undone(self):
        self.env.flush_all()
        before = self.count_invalidations()
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            self.env.invalidate_all(flush=False)
            savepoint.close(rollback=True)
            if self.count_invalidations() != before:
                self.registry.clear_cache()

    def count_invalidations(self):
        """How often each cache was emptied so far. After that it may have been filled with what is undone."""
        self.registry.signal_changes()
        return self.registry.registry_sequence, dict(self.registry.cache_sequences)

    def check_cells(self, table, check):
        """Call `check` for each cell, one role after the other, with the cells that are of no role between."""
        for column, role in enumerate(ROLES):
            for key, row in table.items():
                with self.subTest(role=role, row=row[0]):
                    check(self.users[role], key, *row[1 : -len(ROLES)], row[column - len(ROLES)])

    def check_records(self, table, samples):
        self.check_cells(table, lambda user, key, allowed: self.check_record(user, key, samples[key].sudo(), allowed))

    def check_record(self, user, key, record, allowed):
        for letter, (operation, _word) in OPERATIONS.items():
            refusal = self.try_operation(user, record, operation)
            if letter in allowed and refusal and self.is_of_data(user, record, operation, refusal):
                continue
            self.assert_cell(letter in allowed, refusal, (user.login, key, operation))

    def check_fields(self, table, samples):
        def check(user, key, sample, names, allowed):
            record = samples[sample].sudo()
            for name in names:
                refusal = self.try_call(user, record, "web_read", {name: {}})
                self.assert_cell("r" in allowed, refusal, (user.login, key, "read", name))
                if record._fields[name].type == "one2many" and "w" not in allowed:
                    continue  # its rows have rights of their own
                self.assert_cell("w" in allowed, self.try_write(user, record, name), (user.login, key, "write", name))

        self.check_cells(table, check)

    def check_actions(self, table, samples, arguments):
        """Press each button; `arguments` has how its record gets there, and what the method is called with."""

        def check(user, key, sample, allowed):
            arrange, *args = arguments.get(key, (None,))
            with self.undone():
                record = samples[sample].sudo()
                if arrange:
                    arrange(record)
                refusal = self.try_call(user, record, key.rpartition(".")[2], *args)
                self.assert_cell(allowed == "x", refusal, (user.login, key))

        self.check_cells(table, check)

    def assert_cell(self, is_allowed, refusal, cell):
        if is_allowed:
            self.assertIsNone(refusal, cell)
        else:
            self.assertRegex(refusal.kind if refusal else "", REFUSALS, cell)

    def try_operation(self, user, record, operation):
        if operation == "read":
            return self.try_call(user, record, "web_read", dict.fromkeys(self.get_unchanged(user, record), {}))
        if operation == "create":
            return self.try_call(user, record.browse(), "web_save", self.get_copy(user, record), {})
        if operation == "write":
            return self.try_call(user, record, "web_save", self.get_unchanged(user, record), {})
        return self.try_call(user, record, operation)

    def is_of_data(self, user, record, operation, refusal):
        """A copy may lack what is required, and a record in use stays: the right is there all the same."""
        is_right_there = record.with_user(user).sudo(False).has_access(operation)
        return operation in ("create", "unlink") and is_right_there and not refusal.kind.endswith("AccessError")

    def try_call(self, user, record, method, *args):
        """Return why a call was refused, or nothing."""
        if method == "web_read":
            refusal = self.call_and_catch(self.call_in_process, user, record, method, *args)
        else:
            with self.undone():
                refusal = self.call_and_catch(self.call_in_process, user, record, method, *args)
        self.sample_wire(refusal, user, record, method, *args)
        return refusal

    def call_and_catch(self, call, user, record, method, *args):
        try:
            call(user, record._name, method, record.ids, *args)
        except RpcError as refusal:
            return refusal
        return None

    def call_in_process(self, user, model, method, *args):
        """What a request does from the web client's route on, in a transaction and with a cache of its own."""
        self.env.flush_all()
        args = json.loads(json.dumps(args))
        if user not in self.contexts:  # a session has it from the login
            self.contexts[user] = dict(user.with_user(user).context_get())
        with self.registry.cursor() as cursor:
            env = api.Environment(cursor, user.id, self.contexts[user])

            def serve():
                return dataset.DataSet.call_kw.original_endpoint(None, model, method, args, {})

            try:
                with patch.object(dataset, "request", SimpleNamespace(env=env)):
                    json.dumps(retrying(serve, env), default=json_default)
            except Exception as error:
                raise RpcError(serialize_exception(error)) from error

    def sample_wire(self, refusal, user, record, method, *args):
        """Make the call by HTTP too, if it is the first of its role, operation and outcome."""
        operation = method if method in OPERATION_METHODS else "button"
        sample = (user, operation, bool(record), refusal and refusal.kind)
        if sample not in self.tried_over_wire:
            self.tried_over_wire.add(sample)
            with self.undone():
                answer = self.call_and_catch(self.call_as, user, record, method, *args)
            self.assertEqual(*((said and (said.kind, str(said))) for said in (answer, refusal)))

    def try_write(self, user, record, name):
        """Return why a field was not written; an engine's field keeps its value without a word."""
        before, other = record[name], self.get_other(record, name)
        call = (user, record, "web_save", {name: other}, {})
        with self.undone():
            refusal = self.call_and_catch(self.call_in_process, *call)
            record.invalidate_recordset()
            is_kept = other != self.get_written(record, name) and record[name] == before
        self.sample_wire(refusal, *call)
        return refusal or (is_kept and RpcError({"message": "Nothing was written.", "name": "kept"})) or None

    def get_other(self, record, name):
        """A value that the field does not have, as far as one can be made up."""
        value, field = record[name], record._fields[name]
        if field.type in ("date", "datetime"):
            return to_wire((value or fields.Datetime.now()) + timedelta(days=1))
        if field.type in ("float", "integer", "monetary"):
            return value + 1
        if field.type in ("char", "html", "text"):
            return f"{value or ''}x"
        if field.type == "selection":
            return next(key for key in field.get_values(self.env) if key != value)
        return self.get_written(record, name)

    def get_copy(self, user, record):
        values = record.copy_data()[0] if record._auto else {}
        mine = record.with_user(user).sudo(False)
        return {name: to_wire(value) for name, value in values.items() if self.is_plain(mine, name)}

    def is_plain(self, record, name):
        return record._fields[name].type != "properties" and may_read_field(record, name)

    def get_unchanged(self, user, record):
        """A plain field of the record with the value that it has, which an engine's lock refuses all the same."""
        mine = record.with_user(user).sudo(False)
        for name, field in record._fields.items():
            is_written = field.store and not (field.readonly or field.compute or field.inherited)
            if is_written and field.type in PLAIN_TYPES and name not in OPEN_FIELDS and may_read_field(mine, name):
                return {name: self.get_written(record, name)}
        return {"display_name": record.display_name}

    def get_written(self, record, name):
        field = record._fields[name]
        if field.type in ("one2many", "many2many"):
            return []
        return to_wire(field.convert_to_read(record[name], record, use_display_name=False))
