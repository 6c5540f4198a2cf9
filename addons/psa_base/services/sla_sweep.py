"""The sweep: what came due on the clocks of all open tickets, noticed and handed on.

Each SLA row of a ticket carries its plan, the moments that are still to come, with the earliest in an
indexed column. So a sweep touches the rows that are due and no others, in one statement however many
there are: it trims their plans, marks the missed targets and adds alerts and breaches. What is in the
ledgers already stays as it is, so a plan may name a moment twice and two sweeps may run at once.

Moments are the plan's, not the sweep's: after an outage the ledgers tell when things came due, and when
that was noticed.
"""

from odoo import fields
from odoo.tools import SQL

BATCH_SIZE = 10_000


def sweep(env, limit=BATCH_SIZE):
    """Sweep up to `limit` SLA rows; returns how many came due. What it found is delivered by a job."""
    env["helpdesk.ticket.sla"].flush_model()
    [(row_count, alert_count, breach_count)] = env.execute_query(_get_statement(fields.Datetime.now(), limit))
    if row_count:
        for name in ("helpdesk.ticket.sla", "psa.sla.alert", "psa.sla.breach"):
            env[name].invalidate_model()
    if alert_count or breach_count:
        env["psa.sla.alert"]._wake()
    return row_count


def _get_statement(now, limit):
    return SQL(
        """
        WITH due AS MATERIALIZED (
            SELECT id, ticket_id, sla_id, layer, target, alert_plan
            FROM helpdesk_ticket_sla
            WHERE next_alert_at <= %(now)s
            ORDER BY next_alert_at LIMIT %(limit)s
            FOR UPDATE SKIP LOCKED
        ), moment AS MATERIALIZED (
            SELECT due.id, due.ticket_id, due.sla_id, due.layer, due.target,
                   entry.at, entry.threshold, entry.at <= %(now)s AS is_due
            FROM due LEFT JOIN LATERAL
                jsonb_to_recordset(due.alert_plan) AS entry(at timestamp, threshold integer) ON true
        ), rest AS MATERIALIZED (
            SELECT id, ticket_id, layer, target, sla_id,
                   jsonb_agg(jsonb_build_object('at', at, 'threshold', threshold) ORDER BY at)
                       FILTER (WHERE NOT is_due) AS alert_plan,
                   min(at) FILTER (WHERE NOT is_due) AS next_alert_at,
                   min(at) FILTER (WHERE is_due AND threshold IS NULL) AS breached_at
            FROM moment GROUP BY id, ticket_id, layer, target, sla_id
        ), swept AS (
            UPDATE helpdesk_ticket_sla AS row
            SET alert_plan = rest.alert_plan,
                next_alert_at = rest.next_alert_at,
                breached_at = COALESCE(row.breached_at, rest.breached_at),
                state = CASE WHEN rest.breached_at IS NULL OR row.met_at IS NOT NULL THEN row.state
                             ELSE 'expired' END
            FROM rest WHERE row.id = rest.id
        ), alert AS (
            INSERT INTO psa_sla_alert
                (ticket_id, layer, target, threshold_id, sla_id, due_at, fired_at, state, tries, webhook_tries)
            SELECT moment.ticket_id, moment.layer, moment.target, threshold.id, moment.sla_id, moment.at,
                   %(now)s, 'pending', 0, 0
            FROM moment JOIN psa_sla_threshold AS threshold ON threshold.id = moment.threshold AND threshold.active
            WHERE moment.is_due
            ON CONFLICT DO NOTHING RETURNING 1
        ), breach AS (
            INSERT INTO psa_sla_breach
                (ticket_id, layer, target, sla_id, breached_at, noticed_at,
                 company_id, team_id, user_id, partner_id, priority)
            SELECT DISTINCT ON (rest.ticket_id, rest.layer, rest.target)
                   rest.ticket_id, rest.layer, rest.target, rest.sla_id, rest.breached_at, %(now)s,
                   ticket.company_id, ticket.team_id, ticket.user_id, ticket.commercial_partner_id, ticket.priority
            FROM rest JOIN helpdesk_ticket AS ticket ON ticket.id = rest.ticket_id
            WHERE rest.breached_at IS NOT NULL
            ORDER BY rest.ticket_id, rest.layer, rest.target, rest.breached_at
            ON CONFLICT (ticket_id, layer, target) DO UPDATE
                SET breached_at = EXCLUDED.breached_at, noticed_at = EXCLUDED.noticed_at, withdrawn_at = NULL
                WHERE psa_sla_breach.withdrawn_at IS NOT NULL
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM alert), (SELECT count(*) FROM breach)
        """,
        now=now,
        limit=limit,
    )
