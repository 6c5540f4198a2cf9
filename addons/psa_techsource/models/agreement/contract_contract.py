from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class ContractContract(models.Model):
    _inherit = "contract.contract"

    is_managed_service = fields.Boolean(
        string="Managed service",
        tracking=True,
        help="The seats on this agreement follow the number of the client's active assets.",
    )

    @api.constrains("is_managed_service", "line_recurrence", "partner_id", "company_id", "date_end", "active")
    def _check_managed_service(self):
        managed = self.filtered("is_managed_service")
        for contract in managed.filtered(lambda contract: not contract.line_recurrence):
            # By the agreement's own recurrence, a line that joins later would be billed from the agreement's first day.
            raise ValidationError(
                self.env._("%s needs its recurrence on the lines to be a managed service.", contract.name)
            )
        running = self.search(managed._get_seat_domain())
        for contract in managed & running:
            clash = (running - contract).filtered(
                lambda other, contract=contract: (
                    other.commercial_partner_id == contract.commercial_partner_id
                    and other.company_id == contract.company_id
                )
            )
            if clash:
                raise ValidationError(
                    self.env._(
                        "%(client)s has the managed service agreement %(other)s already: its seats would "
                        "be billed twice. End that one first.",
                        client=contract.commercial_partner_id.name,
                        other=clash[0].name,
                    )
                )

    @api.onchange("is_managed_service")
    def _onchange_is_managed_service(self):
        if self.is_managed_service:
            self.line_recurrence = True

    def action_sync_seats(self):
        self.check_access("write")
        self._sync_seats()

    def _sync_seats(self):
        """Set the managed seats of each agreement to its client's active assets, and say what changed."""
        contracts = self.filtered("is_managed_service")
        assets = contracts._get_seat_assets()
        contracts._add_missing_seat_lines(assets)
        notes = {}
        for line in contracts._get_seat_lines():
            contract = line.contract_id
            before, now = line.seat_asset_ids, assets[contract]
            if now != before or line.quantity != len(now):
                notes[contract.id] = contract._explain_seats(line.quantity, before, now)
                line.write({"quantity": len(now), "seat_asset_ids": [Command.set(now.ids)]})
        # The note is the evidence for the billed quantity: who counted, and which assets came and went.
        self.browse(notes)._message_log_batch(bodies=notes)

    def _add_missing_seat_lines(self, assets):
        missing = self.filtered(lambda contract: assets[contract]) - self._get_seat_lines().contract_id
        if missing:
            product = self.env["product.product"].search([("is_managed_seat", "=", True)], limit=1)
            if not product:
                raise UserError(
                    self.env._(
                        "No product is marked as managed seat, so no seat can be added to %s. "
                        "Mark a service under Products.",
                        missing[0].name,
                    )
                )
            self.env["contract.line"].create([contract._prepare_seat_line(product) for contract in missing])

    @api.model
    def _get_running_domain(self):
        """Agreements with clients that have not ended."""
        today = fields.Date.context_today(self)
        return [("contract_type", "=", "sale"), "|", ("date_end", "=", False), ("date_end", ">=", today)]

    @api.model
    def _get_seat_domain(self):
        return [("is_managed_service", "=", True), *self._get_running_domain()]

    @api.model
    def _get_running_ids(self, clients):
        """Return {client's id: ids of the client's running agreements}, by one query for all of them."""
        domain = [("commercial_partner_id", "in", clients.ids), *self._get_running_domain()]
        groups = self._read_group(domain, ["commercial_partner_id"], ["id:array_agg"])
        return {client.id: ids for client, ids in groups}

    def _get_seat_assets(self):
        """Return the assets that count on each agreement: one query for all of them."""
        groups = self.env["psa.asset"]._read_group(
            [
                ("subscription_active", "=", True),
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            ["company_id", "partner_id"],
            ["id:recordset"],
        )
        assets = {(company, client): found for company, client, found in groups}
        return {
            contract: assets.get((contract.company_id, contract.commercial_partner_id), self.env["psa.asset"])
            for contract in self
        }

    def _get_seat_lines(self):
        """Return the running line that bills the seats, of each agreement that has one."""
        today = fields.Date.context_today(self)
        running = self.contract_line_ids.filtered(
            lambda line: line.is_managed_seat and not line.is_canceled and (not line.date_end or line.date_end >= today)
        )
        first = {line.contract_id: line.id for line in reversed(running)}
        return running.browse(first.values())

    def _prepare_seat_line(self, product):
        """Return a line that is billed from the agreement's next invoice on."""
        start = max(self.recurring_next_date or self.date, fields.Date.context_today(self))
        return {
            "contract_id": self.id,
            "product_id": product.id,
            "name": product.get_product_multiline_description_sale(),
            "quantity": 0,
            "specific_price": product.lst_price,
            "price_unit": product.lst_price,
            "recurring_rule_type": self.recurring_rule_type,
            "recurring_interval": self.recurring_interval,
            "recurring_invoicing_type": self.recurring_invoicing_type,
            "date_start": start,
        }

    def _explain_seats(self, quantity, before, now):
        text = self.env._("Managed seats: %(old)d → %(new)d.", old=quantity, new=len(now))
        added, dropped = now - before, before - now
        if added:
            text += " " + self.env._("Added: %s.", ", ".join(added.mapped("name")))
        if dropped:
            text += " " + self.env._("Dropped: %s.", ", ".join(dropped.mapped("name")))
        return text

    @api.model
    def _cron_sync_seats(self):
        self.search(self._get_seat_domain())._sync_seats()
