"""Goal 4: the same stage changes in a team with a lifecycle and two SLA layers, and in a team with neither."""

STAGES = ("open", "work", "wait", "done")
# One round through the rules: a gate, a pause of the client's clock, its resumption, and a plain move back.
CYCLE = ("work", "wait", "work", "open")
TICKETS = 100
# Hours, so many that no target is missed while this runs.
TARGETS = {("client", "response"): 400, ("client", "resolution"): 800} | {
    ("internal", "response"): 200,
    ("internal", "resolution"): 400,
}


class Desk:
    """Two teams of the same technician with the same stages, one of them governed; tickets alike in both."""

    def __init__(self, bench):
        self.bench = bench
        env = bench.env
        self.technician = env["res.users"].create(
            {
                "name": "Bench technician",
                "login": "bench",
                "email": "bench@example.com",
                "psa_role_ids": [(6, 0, env.ref("psa_base.group_support").ids)],
            }
        )
        stages = env["helpdesk.ticket.stage"].create(
            [{"name": f"Bench {name}", "sequence": rank, "closed": name == "done"} for rank, name in enumerate(STAGES)]
        )
        self.stage_ids = dict(zip(STAGES, stages.ids, strict=True))
        self.governed = self._create_team("Governed", lifecycle_id=self._create_lifecycle().id, use_sla=True)
        self.plain = self._create_team("Plain", use_sla=False)
        self._create_rules()
        client = env["res.partner"].create({"name": "Bench client", "email": "client@example.com"})
        self.tickets = {team: self._create_tickets(team, client) for team in (self.governed, self.plain)}
        env.cr.commit()
        self._check()

    def _create_team(self, name, **values):
        return self.bench.env["helpdesk.ticket.team"].create(
            {"name": f"Bench {name}", "user_ids": [(6, 0, self.technician.ids)], **values}
        )

    def _create_lifecycle(self):
        env = self.bench.env
        support = env.ref("psa_base.group_support")
        gate = env["psa.lifecycle.gate"].create(
            {"name": "Engineer", "message": "Assign an engineer.", "domain": "[('user_id', '!=', False)]"}
        )
        moves = {("open", "work"), ("work", "open"), ("work", "wait"), ("wait", "work"), ("work", "done")}
        return env["psa.lifecycle"].create(
            {
                "name": "Bench",
                "initial_stage_id": self.stage_ids["open"],
                "transition_ids": [
                    (
                        0,
                        0,
                        {
                            "from_stage_id": self.stage_ids[start],
                            "to_stage_id": self.stage_ids[end],
                            "group_ids": [(6, 0, support.ids)],
                            "gate_ids": [(6, 0, gate.ids if end == "work" else [])],
                        },
                    )
                    for start, end in sorted(moves)
                ],
            }
        )

    def _create_rules(self):
        rules = self.bench.env["helpdesk.sla"]
        rules.search([]).active = False
        rules.create(
            [
                {
                    "name": f"Bench {layer} {target}",
                    "layer": layer,
                    "hours": hours,
                    "team_ids": [(6, 0, self.governed.ids)],
                    "stage_id": self.stage_ids["work" if target == "response" else "done"],
                    "ignore_stage_ids": [(6, 0, [self.stage_ids["wait"]] if layer == "client" else [])],
                    **({"target": target} if "target" in rules._fields else {}),
                }
                for (layer, target), hours in TARGETS.items()
            ]
        )

    def _create_tickets(self, team, client):
        """Made by the superuser: what the technician's own rights cost is measured on the moves."""
        values = {
            "description": "Text",
            "team_id": team.id,
            "user_id": self.technician.id,
            "partner_id": client.id,
            "stage_id": self.stage_ids["open"],
        }
        vals_list = [{**values, "name": f"Bench {number}"} for number in range(TICKETS + 1)]
        return self.bench.env["helpdesk.ticket"].create(vals_list).ids

    def _check(self):
        """A benchmark of rules that do not hold would measure nothing."""
        tickets = self.bench.env["helpdesk.ticket"]
        governed, plain = (tickets.browse(self.tickets[team]) for team in (self.governed, self.plain))
        clocks = {len(ticket.ticket_sla_ids) for ticket in governed}
        if clocks != {len(TARGETS)} or plain.ticket_sla_ids:
            raise AssertionError(f"Governed tickets have {clocks} clocks, plain ones {len(plain.ticket_sla_ids)}")
        try:
            self.move(self.governed, slice(0, 1), "done")
        except Exception as refusal:
            if type(refusal).__name__ != "UserError":
                raise
        else:
            raise AssertionError("A move against the lifecycle was not refused")
        self.bench.env.cr.rollback()

    def move(self, team, part, code):
        """One write by the technician, committed."""
        ids = self.tickets[team][part]
        values = {"stage_id": self.stage_ids[code]}
        self.bench.request(lambda env: env["helpdesk.ticket"].browse(ids).write(values), self.technician)

    def walk(self, team, part):
        """A function that takes the tickets once round."""

        def once_round():
            for code in CYCLE:
                self.move(team, part, code)

        return once_round


def run(bench):
    desk = Desk(bench)
    for name, title, part, count in (
        ("one", "one ticket", slice(0, 1), 1),
        ("hundred", "100 in one write", slice(1, None), TICKETS),
    ):
        bench.compare(
            name, title, desk.walk(desk.governed, part), desk.walk(desk.plain, part), operations=len(CYCLE) * count
        )
