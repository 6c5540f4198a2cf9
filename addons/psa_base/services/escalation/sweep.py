"""The sweep notices what came due on the clocks of all open tickets, and leaves the delivery to a job.

Each SLA row of a ticket carries its plan: the moments that are still to come, the earliest of them in an
indexed column. A sweep reads only the rows that are due, all in one statement: it trims their plans, marks
missed targets and adds alerts and breaches. It leaves alerts and breaches that exist as they are, so a plan
may hold a moment twice, and two sweeps may run at once.

An alert gets the moment of the plan and the moment of the sweep. So after an outage it tells when it came
due, and when that was noticed.
"""

from odoo import fields
from odoo.tools import SQL

BATCH_SIZE = 10_000


def sweep(env, limit=BATCH_SIZE):
    """Sweep up to `limit` SLA rows that are due, and enqueue the delivery. Returns the number of rows swept."""
    env["helpdesk.ticket.sla"].flush_model()
    [(row_count, alert_count, breach_count)] = env.execute_query(_get_statement(fields.Datetime.now(), limit))
    if row_count:
        for name in ("helpdesk.ticket.sla", "psa.sla.alert", "psa.sla.breach"):
            env[name].invalidate_model()
    if alert_count or breach_count:
        env["psa.sla.alert"]._wake_delivery()
    return row_count


def _get_statement(now, limit):
    return SQL(
        """
        WITH due AS MATERIALIZED (
            SELECT ctid AS place, ticket_id, layer, target, alert_plan
            FROM helpdesk_ticket_sla
            WHERE next_alert_at <= %(now)s
            ORDER BY next_alert_at LIMIT %(limit)s
            FOR UPDATE SKIP LOCKED
        ), moment AS MATERIALIZED (
            SELECT due.ticket_id, due.layer, due.target, entry.at, entry.threshold
            FROM due CROSS JOIN LATERAL
                jsonb_to_recordset(due.alert_plan) AS entry(at timestamp, threshold integer)
            WHERE entry.at <= %(now)s
        ), swept AS (
            UPDATE helpdesk_ticket_sla AS row
            SET alert_plan = rest.alert_plan,
                next_alert_at = (rest.alert_plan -> 0 ->> 'at')::timestamp,
                breached_at = COALESCE(row.breached_at, rest.breached_at),
                state = CASE WHEN rest.breached_at IS NULL THEN row.state ELSE 'expired' END
            FROM (
                SELECT place,
                       jsonb_path_query_array(alert_plan, '$[*] ? (@.at > $now)', vars) AS alert_plan,
                       (jsonb_path_query_first(
                           alert_plan, '$[*] ? (@.threshold == null && @.at <= $now)', vars
                       ) ->> 'at')::timestamp AS breached_at
                FROM due, jsonb_build_object('now', %(now_text)s::text) AS vars
            ) AS rest
            WHERE row.ctid = rest.place
        ), alert AS (
            INSERT INTO psa_sla_alert
                (ticket_id, layer, target, threshold_id, due_at, fired_at, state, tries)
            SELECT DISTINCT ON (ticket_id, layer, target, threshold)
                   ticket_id, layer, target, threshold, at, %(now)s, 'pending', 0
            FROM moment
            WHERE threshold IN (SELECT id FROM psa_sla_threshold WHERE active) AND NOT EXISTS (
                SELECT 1 FROM psa_sla_alert AS known
                WHERE known.ticket_id = moment.ticket_id AND known.layer = moment.layer
                AND known.target = moment.target AND known.threshold_id = moment.threshold
            )
            ORDER BY ticket_id, layer, target, threshold, at
            RETURNING 1
        ), breach AS (
            INSERT INTO psa_sla_breach (ticket_id, layer, target, breached_at, noticed_at)
            SELECT DISTINCT ON (ticket_id, layer, target) ticket_id, layer, target, at, %(now)s
            FROM moment
            WHERE threshold IS NULL AND NOT EXISTS (
                SELECT 1 FROM psa_sla_breach AS known
                WHERE known.ticket_id = moment.ticket_id AND known.layer = moment.layer
                AND known.target = moment.target
            )
            ORDER BY ticket_id, layer, target, at
            RETURNING 1
        ), renewed AS (
            UPDATE psa_sla_breach AS known
            SET breached_at = moment.at, noticed_at = %(now)s, withdrawn_at = NULL, asked_at = NULL
            FROM moment
            WHERE moment.threshold IS NULL AND known.withdrawn_at IS NOT NULL AND known.ticket_id = moment.ticket_id
            AND known.layer = moment.layer AND known.target = moment.target
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM alert),
               (SELECT count(*) FROM breach) + (SELECT count(*) FROM renewed)
        """,
        now=now,
        now_text=fields.Datetime.to_string(now),
        limit=limit,
    )
