"""Goal 5: the SLA sweep where 2,000 of many open tickets are late, and one UPDATE of the same rows."""

FEW, MANY, LATE = 10_000, 100_000, 2_000

TICKETS = """
    INSERT INTO helpdesk_ticket (number, name, description, company_id, team_id, stage_id, active, create_date)
    SELECT 'BENCH' || number, 'Bench ' || number, 'Text', %(company_id)s, %(team_id)s, %(stage_id)s, true, now()
    FROM generate_series(%(start)s, %(stop)s) AS number
"""
# A target in each layer for every ticket, due days from now, with a warning before.
TARGETS = """
    INSERT INTO helpdesk_ticket_sla (ticket_id, sla_id, layer, target, state, target_seconds, consumed_seconds,
        running_since, deadline, alert_plan, next_alert_at)
    SELECT ticket.id, sla.id, sla.layer, sla.target, 'in_progress', 144000, 0, now() AT TIME ZONE 'UTC', due.at,
        jsonb_build_array(
            jsonb_build_object('at', to_char(warned.at, 'YYYY-MM-DD HH24:MI:SS'), 'threshold', %(threshold_id)s),
            jsonb_build_object('at', to_char(due.at, 'YYYY-MM-DD HH24:MI:SS'), 'threshold', NULL)
        ), warned.at
    FROM helpdesk_ticket AS ticket
    CROSS JOIN helpdesk_sla AS sla
    CROSS JOIN LATERAL (
        SELECT date_trunc('second', now() AT TIME ZONE 'UTC')
            + interval '2 days' + ticket.id %% 1000 * interval '1 minute'
    ) AS due(at)
    CROSS JOIN LATERAL (SELECT due.at - interval '1 hour') AS warned(at)
    WHERE ticket.name LIKE 'Bench %%' AND sla.id IN %(sla_ids)s
        AND NOT EXISTS (SELECT 1 FROM helpdesk_ticket_sla AS row WHERE row.ticket_id = ticket.id)
"""
# Some of the client's targets were missed a few minutes ago and nobody has noticed yet.
LATENESS = """
    UPDATE helpdesk_ticket_sla
    SET state = 'in_progress', breached_at = NULL, deadline = late.at, next_alert_at = late.at,
        alert_plan = jsonb_build_array(
            jsonb_build_object('at', to_char(late.at, 'YYYY-MM-DD HH24:MI:SS'), 'threshold', NULL)
        )
    FROM (SELECT date_trunc('second', now() AT TIME ZONE 'UTC' - interval '5 minutes')) AS late(at)
    WHERE id IN %(late_ids)s
"""
BASELINE = """
    UPDATE helpdesk_ticket_sla SET state = 'expired', breached_at = next_alert_at, next_alert_at = NULL
    WHERE next_alert_at <= now() AT TIME ZONE 'UTC'
"""


class Clocks:
    """Open tickets with running targets, of which the same 2,000 are late before each measurement."""

    def __init__(self, bench):
        self.bench, self.env = bench, bench.env
        stage = self.env["helpdesk.ticket.stage"].create({"name": "Bench open", "sequence": 1})
        team = self.env["helpdesk.ticket.team"].create({"name": "Bench team"})
        rules = self.env["helpdesk.sla"].create(
            [
                {"name": f"Bench {layer}", "layer": layer, "target": "resolution", "hours": 40, "stage_id": stage.id}
                for layer in ("client", "internal")
            ]
        )
        threshold = self.env["psa.sla.threshold"].create({"name": "Bench warning", "percent": 90})
        self.values = {
            "company_id": self.env.company.id,
            "team_id": team.id,
            "stage_id": stage.id,
            "sla_ids": tuple(rules.ids),
            "threshold_id": threshold.id,
        }
        self.env.cr.commit()
        self.count = 0
        self.late_ids = ()

    def grow(self, count):
        with self.env.registry.cursor() as cr:
            cr.execute(TICKETS, {**self.values, "start": self.count + 1, "stop": count})
            cr.execute(TARGETS, self.values)
            cr.execute(
                "SELECT id FROM helpdesk_ticket_sla WHERE layer = 'client' AND sla_id IN %s ORDER BY id LIMIT %s",
                [self.values["sla_ids"], LATE],
            )
            self.late_ids = tuple(row_id for (row_id,) in cr.fetchall())
        self.count = count
        # Tidied up by ourselves, between measurements and not in the middle of one.
        self.execute_alone("ALTER TABLE helpdesk_ticket_sla SET (autovacuum_enabled = false)")
        self.execute_alone("VACUUM ANALYZE helpdesk_ticket")

    def reset(self):
        with self.env.registry.cursor() as cr:
            cr.execute("DELETE FROM psa_sla_breach")
            cr.execute("DELETE FROM psa_sla_alert")
            cr.execute("DELETE FROM queue_job")
            cr.execute(LATENESS, {"late_ids": self.late_ids})
        for table in ("helpdesk_ticket_sla", "psa_sla_breach", "psa_sla_alert", "queue_job"):
            self.execute_alone(f"VACUUM ANALYZE {table}")

    def execute_alone(self, statement):
        """Outside of any transaction."""
        with self.env.registry.cursor() as cr:
            cr.commit()
            cr._cnx.autocommit = True
            try:
                cr.execute(statement)
            finally:
                cr._cnx.autocommit = False

    def sweep(self):
        self.bench.request(lambda env: env["psa.sla.alert"]._cron_sweep(), self.env.user)

    def update(self):
        with self.env.registry.cursor() as cr:
            cr.execute(BASELINE)

    def check(self, found):
        """A sweep that finds nothing would be fast."""
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM psa_sla_breach")
            [breaches] = cr.fetchone()
            cr.execute("SELECT count(*) FROM helpdesk_ticket_sla WHERE state = 'expired' AND id IN %s", [self.late_ids])
            [expired] = cr.fetchone()
        if (breaches, expired) != found:
            raise AssertionError(f"{breaches} breaches and {expired} expired targets, not {found}")


def run(bench):
    clocks = Clocks(bench)
    clocks.grow(FEW)
    few = bench.take(clocks.sweep, before=clocks.reset)
    clocks.check((LATE, LATE))
    clocks.grow(MANY)
    many = bench.take(clocks.sweep, before=clocks.reset)
    clocks.check((LATE, LATE))
    clocks.reset()
    clocks.update()
    clocks.check((0, LATE))
    bench.compare("sweep", "2,000 of 100,000 late", clocks.sweep, clocks.update, before=clocks.reset)
    bench.record("growth", "100,000, not 10,000", many, few)
