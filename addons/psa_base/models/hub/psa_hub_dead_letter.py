from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...exceptions import ERROR_CLASSES
from ...tools.windows import open_dialog, open_form


class PsaHubDeadLetter(models.Model):
    """A message that waits for a person, received or to be sent: a row of a view over the two ledgers.

    So one list shows all dead letters. Every action here is done to the message behind the row.
    """

    _name = "psa.hub.dead.letter"
    _description = "Dead letter"
    _auto = False
    _order = "arrived_at desc, id desc"
    _rec_name = "subject"
    _depends = {
        "psa.hub.inbox": ["state", "reason", "mend", "error_class", "assignee_id"],
        "psa.hub.outbox": ["state", "reason", "mend", "error_class", "assignee_id"],
        "psa.hub.connection": ["owner_id", "company_id"],
    }

    # The two ledgers, with their fields for a message's subject, time of arrival and device.
    SOURCES = {
        "psa.hub.inbox": ("event_type", "received_at", "device_key"),
        "psa.hub.outbox": ("operation", "created_at", "ordering_key"),
    }

    direction = fields.Selection([("in", "Received"), ("out", "To be sent")], readonly=True)
    message_id = fields.Integer(string="Message number", readonly=True)
    uuid = fields.Char(string="Message", readonly=True)
    connection_id = fields.Many2one("psa.hub.connection", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    owner_id = fields.Many2one("res.users", readonly=True)
    assigned_by_id = fields.Many2one("res.users", string="Given by", readonly=True)
    assigned_at = fields.Datetime(string="Given on", readonly=True)
    subject = fields.Char(string="Event", readonly=True)
    what = fields.Char(compute="_compute_what")
    device_key = fields.Char(string="Device", readonly=True)
    arrived_at = fields.Datetime(string="Since", readonly=True)
    age = fields.Char(compute="_compute_age")
    reason = fields.Text(readonly=True)
    error_class = fields.Selection(ERROR_CLASSES, string="Kind of failure", readonly=True)
    mend = fields.Char(string="Code of the mend", readonly=True)
    mend_label = fields.Char(string="What helps", compute="_compute_mend_label")
    payload = fields.Text(compute="_compute_payload")
    attempt_ids = fields.Many2many("psa.hub.attempt", string="Attempts", compute="_compute_attempt_ids")

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT message.id * 2 + %(parity)s AS id, %(direction)s AS direction, message.id AS message_id,
                       message.uuid, message.connection_id, connection.company_id,
                       coalesce(message.assignee_id, connection.owner_id) AS owner_id,
                       message.assigned_by_id, message.assigned_at,
                       message.%(subject)s AS subject, message.%(device)s AS device_key,
                       message.%(arrived)s AS arrived_at, message.reason, message.error_class, message.mend
                FROM %(table)s AS message JOIN psa_hub_connection AS connection ON connection.id = message.connection_id
                WHERE message.state = 'dead'
                """,
                parity=parity,
                direction="out" if parity else "in",
                subject=SQL.identifier(subject),
                arrived=SQL.identifier(arrived),
                device=SQL.identifier(device),
                table=SQL.identifier(self.env[model]._table),
            )
            for parity, (model, (subject, arrived, device)) in enumerate(self.SOURCES.items())
        )

    @api.depends("arrived_at")
    def _compute_age(self):
        now = fields.Datetime.now()
        for letter in self:
            letter.age = self._get_age_words((now - letter.arrived_at).total_seconds())

    @api.depends("subject", "direction")
    def _compute_what(self):
        words = self.env["psa.hub.outbox"]._get_operation_words()
        for letter in self:
            letter.what = words.get(letter.subject, letter.subject) if letter.direction == "out" else letter.subject

    @api.depends("what")
    def _compute_display_name(self):
        for letter in self:
            letter.display_name = letter.what or letter._description

    @api.depends("mend", "direction")
    def _compute_mend_label(self):
        sources = zip(("in", "out"), self.SOURCES, strict=True)
        labels = {direction: self.env[model]._get_mend_labels() for direction, model in sources}
        for letter in self:
            letter.mend_label = labels[letter.direction].get(letter.mend, False)

    def _compute_payload(self):
        for letter in self:
            letter.payload = letter._get_message()._get_payload_text()

    def _compute_attempt_ids(self):
        for letter in self:
            letter.attempt_ids = letter._get_message().attempt_ids

    def action_mend(self):
        return self._get_message().action_mend()

    def action_dry_run(self):
        return self._get_message().action_dry_run()

    def action_open_message(self):
        return open_form(self._get_message())

    def action_assign(self):
        """Open the dialog that asks whom to give the letters to."""
        context = {"default_letter_ids": self.ids}
        return open_dialog(self.env["psa.hub.assignment"], self.env._("Give to"), context=context)

    def action_set_aside(self):
        """Open the dialog that asks why nobody needs these letters. Messages to send are cancelled instead."""
        recordsets = self._get_messages()
        if any(messages._name != "psa.hub.inbox" for messages in recordsets):
            raise UserError(
                self.env._("Select received letters alone. Messages to send are cancelled: open one, then Cancel.")
            )
        return recordsets[0].action_set_aside()

    def action_replay(self):
        """Work the letters once more; many of them in the background."""
        recordsets = self._get_messages()
        for messages in recordsets:
            messages._check_may_settle()
        if len(recordsets) > 1 or len(self) > recordsets[0].REPLAY_AT_ONCE:
            return self.env["psa.hub.replay"]._start(*recordsets)
        return recordsets[0].action_replay()

    def _get_message(self):
        """The message behind one row."""
        self.ensure_one()
        [message] = self._get_messages()
        return message

    def _get_messages(self):
        """The messages behind the rows: a recordset for each ledger."""
        for model in self.SOURCES:
            self.env[model].flush_model(["state"])
        letters = self.exists()
        if not letters:
            raise UserError(self.env._("Somebody has settled this meanwhile: it is no dead letter any more."))
        letters.check_access("read")
        sources = list(self.SOURCES)
        found = {model: [row_id // 2 for row_id in letters.ids if sources[row_id % 2] == model] for model in sources}
        return [self.env[model].browse(ids) for model, ids in found.items() if ids]

    @api.model
    def _get_ids(self, messages):
        """The IDs of the dead letters of `messages`."""
        parity = list(self.SOURCES).index(messages._name)
        return [2 * message_id + parity for message_id in messages.ids]

    @api.model
    def _get_age_words(self, seconds):
        minutes = int(seconds // 60)
        if minutes < 60:
            return self.env._("%s min", minutes)
        if minutes < 48 * 60:
            return self.env._("%s h", minutes // 60)
        return self.env._("%s days", minutes // (24 * 60))
