"""Recurring work: monthly maintenance of the lawyers' servers, by a ticket template with a checklist."""

from odoo import Command

from .assets import asset_key
from .script import ROUTES, Ticket

CLIENT, ENGINEER = "harbour", "mei"
SERVERS = ("HHL-DC-01", "HHL-DC-02", "HHL-FILE-01")
# How many working hours ago it was agreed, and after how many hours each its tickets move a stage further.
AGREED, ROUND = 390, 3.1
TIME = ({"hours": 1.5, "words": "Updates, test restore and logs of all servers"},)


class Maintenance:
    """An agreement on monthly maintenance, and the tickets that it opens."""

    def __init__(self, desk):
        self.desk = desk
        self.world = desk.world
        self.to_do = {}  # the steps that are left, by line of the script

    def get_steps(self, clock):
        rounds = range(1, int(AGREED / ROUND))
        return [
            (clock.hours_ago(AGREED), self._agree),
            *((clock.hours_ago(AGREED - ROUND * number), self._make_round) for number in rounds),
        ]

    def _agree(self):
        env = self.world.env_of("operations")
        contact = self.world.ref(f"contact_{CLIENT}_2")
        servers = [self.world.ref(asset_key(name)).id for name in SERVERS]
        self.recurrence = env["psa.ticket.recurrence"].create(
            {
                "name": f"Servers of {contact.commercial_partner_id.name}",
                "template_id": self.desk.find_template("Monthly maintenance").id,
                "partner_id": contact.id,
                "asset_ids": [Command.set(servers)],
                "asset_mode": "one",
                "unit": "month",
                "month_by": "weekday",
                "week": "2",
                "weekday": "1",
                "hour": 8.5,
            }
        )

    def _make_round(self):
        known = {self.desk.tickets[line] for line in self.to_do}
        for ticket in self.recurrence.ticket_ids.filtered(lambda ticket: ticket not in known):
            line = Ticket(
                device=SERVERS[0],
                title=ticket.name,
                description="",
                priority="low",
                route="closed",
                opened=0,
                engineer=ENGINEER,
                time=TIME,
            )
            self.desk.tickets[line] = ticket
            self.to_do[line] = [step for step, _hours in ROUTES[line.route]]
        for line, steps in self.to_do.items():
            if steps:
                self.desk.act(steps.pop(0), line)
