"""What people do with tickets, each as the own user and through the suite's own methods."""

from functools import partial

from markupsafe import Markup

from odoo import Command
from odoo.exceptions import UserError

from odoo.addons.psa_base.tools.origin import Origin

from .assets import asset_key
from .cast import ENGINEERS
from .clients import CLIENTS
from .script import PRIORITIES, read_tickets


class Desk:
    """The tickets of the script, and who does what to them."""

    def __init__(self, hub):
        self.hub = hub
        self.world = hub.world
        self.tickets = {}
        stages = self.world.env["helpdesk.ticket.stage"].search([("code", "!=", False)])
        self.stages = {stage.code: stage.id for stage in stages}
        self.vendors = self._find_vendors()
        self.team = self.world.env.ref("psa_techsource.team_service_desk")
        members = [self.world.user(key).id for key in ("operations", *ENGINEERS)]
        self.team.write({"user_ids": [Command.set(members)], "user_id": members[0]})

    def _find_vendors(self):
        """The companies that tickets wait for, by name, as database ids."""
        names = sorted({line.vendor for line in read_tickets() if line.vendor})
        vendors = self.world.env["res.partner"].create([{"name": name, "is_company": True} for name in names])
        return dict(zip(names, vendors.ids, strict=True))

    def get_steps(self, clock):
        return [
            (clock.hours_ago(hours), act)
            for line in read_tickets()
            for hours, act in [
                *((hours, partial(self.act, verb, line)) for verb, hours in [("open", line.opened), *line.moves]),
                *((line.opened - event["after"], partial(self._befall, line, event)) for event in line.events),
                *((hours, partial(self._alert, line)) for hours in line.repeats),
            ]
        ]

    def act(self, verb, line):
        """Do what `verb` says: it names a method `_<verb>` of this class, or a stage that the ticket moves to."""
        if verb == line.reporting_step:
            self._write_time(line)
            self._tick(line)
        getattr(self, f"_{verb}", lambda line: self._move(line, verb))(line)

    def _open(self, line):
        asset = self.world.ref(asset_key(line.device))
        if line.source == "monitoring":
            self.tickets[line] = self._alert(line).ticket_id
            return
        contact = asset.partner_id.child_ids.sorted("id")[line.contact - 1]
        self.tickets[line] = self.world.env_of("operations")["helpdesk.ticket"].create(
            {
                **(self.find_template(line.template)._prepare_ticket() if line.template else {}),
                "name": line.title,
                "description": Markup("<p>%s</p>") % line.description,
                "partner_id": contact.id,
                "partner_name": contact.name,
                "partner_email": contact.email,
                "asset_id": asset.id,
                "priority": PRIORITIES[line.priority],
                "channel_id": self.world.env.ref(f"helpdesk_mgmt.helpdesk_ticket_channel_{line.source}").id,
                "team_id": self.team.id,
                "user_id": False,
            }
        )

    def _alert(self, line):
        asset = self.world.ref(asset_key(line.device))
        return self.hub.alert(asset, line.title, line.description, line.priority)

    def _triage(self, line):
        self._ticket(line, "operations").write({"stage_id": self.stages["triage"]})

    def _assigned(self, line):
        engineer = self.world.user(line.engineer)
        self._ticket(line, "operations").write({"user_id": engineer.id, "stage_id": self.stages["assigned"]})

    def _in_progress(self, line):
        ticket = self._ticket(line, line.engineer)
        if line.message and ticket.stage_id.code == "assigned":
            ticket.message_post(body=line.message, message_type="comment", subtype_xmlid="mail.mt_comment")
        self._move(line, "in_progress")

    def _pending_third_party(self, line):
        values = {"vendor_id": self.vendors[line.vendor], "vendor_reference": line.vendor_reference}
        self._ticket(line, line.engineer).write(values)
        self._move(line, "pending_third_party")

    def _svr_pending(self, line):
        if line.time_approved:
            self._ticket(line, "operations").time_ids.action_approve()
        self._move(line, "svr_pending")

    def _approve(self, line):
        report = self._report(line)
        report.action_approve(report.env.user.name)

    def _reject(self, line):
        self._report(line).action_reject(line.complaint)

    def _befall(self, line, event):
        getattr(self, f"_{event['what']}")(line, event)

    def _attempt(self, line, event):
        """Somebody tries a move that the rules refuse."""
        try:
            with self.world.env.cr.savepoint():
                self._ticket(line, event["by"]).write({"stage_id": self.stages[event["stage"]]})
        except UserError:
            return
        raise ValueError(f"{line.title}: the move to {event['stage']} should have been refused")

    def _override(self, line, event):
        self._ticket(line, "admin").action_override_stage(self.stages[event["stage"]], event["reason"])

    def _explain(self, line, event):
        """Give the reason for missed targets, if there are any, in place of an earlier one."""
        ticket = self._ticket(line, event.get("by", line.engineer))
        reason = ticket.env["psa.sla.breach.reason"].search([("code", "=", event["reason"])])
        if ticket.sla_breach_ids:
            values = {"breach_ids": ticket.sla_breach_ids.ids, "reason_id": reason.id, "note": event.get("note")}
            ticket.env["psa.sla.breach.explain"].create(values).action_explain()

    def _move(self, line, stage):
        self._ticket(line, line.engineer).write({"stage_id": self.stages[stage]})

    def _write_time(self, line):
        ticket = self._ticket(line, line.engineer)
        ticket.env["account.analytic.line"].create(
            [{"ticket_id": ticket.id, "name": entry["words"], "unit_amount": entry["hours"]} for entry in line.time]
        )

    def _tick(self, line):
        """The engineer ticks off the whole checklist, or its first items."""
        items = self._ticket(line, line.engineer).checklist_item_ids
        items[: line.ticked].is_done = True

    def find_template(self, title):
        templates = self.world.env_of("operations")["psa.ticket.template"]
        return templates.search([("title", "=", title)], limit=1)

    def _ticket(self, line, person):
        return self.tickets[line].with_env(self.world.env_of(person))

    def _report(self, line):
        """The report on the ticket, in the environment of the client who decides on it."""
        report = self._ticket(line, "operations").svr_ids.filtered(lambda svr: svr.state == "sent")
        company = report.ticket_id.commercial_partner_id
        client = next(client.key for client in CLIENTS if self.world.ref(f"partner_{client.key}") == company)
        return report.with_env(self.world.env_of(client, Origin.PORTAL))
