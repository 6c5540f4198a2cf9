"""A record for each row of RECORDS in role_matrix.py, made on the test's own data."""

from odoo import Command, fields

from ..adapters.facts import Alert, Priority
from ..series import GROUPS
from ..services.monitoring.alerts import raise_alert
from .common import new_test_user


def make_samples(case):
    """Return {key of RECORDS: record} for a test class of common.py, whose people and clients they belong to."""
    own = case.create_ticket(user_id=case.support.id).sudo()
    team = case.env["helpdesk.ticket.team"].create(
        {"name": "Projects", "project_id": case.project.id, "lifecycle_id": case.lifecycle.id}
    )
    other = case.create_ticket(team_id=team.id, partner_id=case.other_company.id)
    return {
        "psa.asset own": case.asset,
        "psa.asset other": case.other_asset,
        "helpdesk.ticket own": own,
        "helpdesk.ticket other": other,
        "time own": case.create_time(own),
        "time other": case.create_time(other, user=case.operations),
        "helpdesk.ticket.team": case.team,
        "helpdesk.ticket.stage": case.request,
        **_make_lifecycle_samples(case, own),
        **_make_work_samples(case, own, other),
        **_make_history_samples(case, own, other.sudo()),
        **_make_sla_samples(case, own),
        **_make_calendar_samples(case),
        **_make_whatif_samples(case, own),
        **_make_asset_samples(case),
        **_make_hub_samples(case),
        **_make_alert_samples(case),
        **_make_api_samples(case),
        **_make_people_samples(case),
    }


def _make_people_samples(case):
    groups = case.env["res.groups"].create([{"name": "Keeps the till"}, {"name": "Counts the till"}])
    conflict = case.env["psa.duty.conflict"].create(
        {
            "name": "Till",
            "group_id": groups[0].id,
            "other_group_id": groups[1].id,
            "reason": "nobody counts their own till.",
            "kind": "report",
        }
    )
    cashier = new_test_user(case.env, login="psa_test_cashier", groups="base.group_user")
    cashier.write({GROUPS: [Command.link(group.id) for group in groups]})
    return {
        "psa.duty.conflict": conflict,
        "psa.duty.finding": conflict.finding_ids,
        "res.users": case.support_colleague,
        "res.partner": case.other_company,
        "res.partner.bank": case.env["res.partner.bank"].create(
            {"acc_number": "062-000 1234 5678", "partner_id": case.other_company.id}
        ),
        "hr.employee": case.env["hr.employee"].search([("user_id", "=", case.support_colleague.id)]),
    }


def _make_lifecycle_samples(case, ticket):
    overrides = case.env["psa.lifecycle.override"].with_user(case.admin)
    return {
        "psa.lifecycle": case.lifecycle,
        "psa.lifecycle.transition": case.lifecycle.transition_ids[0],
        "psa.lifecycle.gate": case.add_gate(case.request, case.triage),
        "psa.lifecycle.action": case.env["psa.lifecycle.action"].create(
            {"lifecycle_id": case.lifecycle.id, "stage_id": case.triage.id}
        ),
        "psa.lifecycle.override": overrides.create(
            {"ticket_id": ticket.id, "stage_id": case.closed.id, "reason": "Why"}
        ),
        "psa.audit.entry": case.env["psa.audit.entry"]._log(ticket, "override", "Why"),
    }


def _make_work_samples(case, own, other):
    items = case.env["psa.ticket.checklist.item"]
    timer = case.env["psa.lifecycle.timer"].create(
        {"lifecycle_id": case.lifecycle.id, "stage_id": case.request.id, "action": "note", "text": "Still here"}
    )
    template = case.env["psa.ticket.template"].create(
        {
            "name": "Patch round",
            "title": "Patches",
            "description": "Text",
            "team_id": case.team.id,
            "line_ids": [Command.create({"name": "Restart"})],
        }
    )
    recurrence = case.env["psa.ticket.recurrence"].create(
        {"name": "Patches", "template_id": template.id, "partner_id": case.client_company.id}
    )
    recurrence.action_run_now()
    return {
        "psa.lifecycle.timer": timer,
        "psa.lifecycle.timer.due": case.env["psa.lifecycle.timer.due"].search([("ticket_id", "=", own.id)]),
        "psa.ticket.checklist.item own": items.create({"ticket_id": own.id, "name": "Restart"}),
        "psa.ticket.checklist.item other": items.create({"ticket_id": other.sudo().id, "name": "Restart"}),
        "psa.ticket.template": template,
        "psa.ticket.template.line": template.line_ids,
        "psa.ticket.recurrence": recurrence,
        "psa.ticket.recurrence.run": recurrence.run_ids.search([("recurrence_id", "=", recurrence.id)], limit=1),
    }


def _make_history_samples(case, own, other):
    refusal = {
        "ticket_id": own.id,
        "refused_at": "2026-11-22 08:00:00",
        "user_id": case.support.id,
        "origin": "form",
        "reason": "The gate is shut.",
        "company_id": own.company_id.id,
    }
    return {
        "psa.lifecycle.move own": own.move_ids[0],
        "psa.lifecycle.move other": other.move_ids[0],
        "psa.lifecycle.stay own": own.stay_ids[0],
        "psa.lifecycle.stay other": other.stay_ids[0],
        "psa.lifecycle.refusal": case.env["psa.lifecycle.refusal"]._insert([refusal]),
    }


def _make_sla_samples(case, ticket):
    threshold = case.env["psa.sla.threshold"].create({"name": "Close to the target"})
    reason = case.env["psa.sla.breach.reason"].create({"name": "Staff shortage", "code": "STAFF"})
    now = "2026-07-06 01:00:00"
    facts = {"ticket_id": ticket.id, "layer": "client", "target": "resolution"}
    breach = case.env["psa.sla.breach"]._insert([{**facts, "breached_at": now, "noticed_at": now}])
    slas = case.env["helpdesk.sla"].create(
        [{"name": layer, "layer": layer, "hours": 8, "stage_id": case.closed.id} for layer in ("client", "internal")]
    )
    case.team.use_sla = True
    ticket.set_sla()
    clocks = ticket.ticket_sla_ids.sorted("layer")
    explanation = case.env["psa.sla.explanation"].browse(ticket.action_explain_sla()["res_id"])
    return {
        "helpdesk.sla client": slas[0],
        "helpdesk.sla internal": slas[1],
        "helpdesk.ticket.sla client": clocks[0],
        "psa.sla.explanation": explanation,
        "psa.sla.explanation.line": explanation.line_ids[0],
        "psa.sla.recalculation": case.env["psa.sla.recalculation"].create({"reason": "The calendar was wrong"}),
        "helpdesk.ticket.sla internal": clocks[1],
        "psa.sla.threshold": threshold,
        "psa.sla.alert": case.env["psa.sla.alert"]._insert(
            [{**facts, "threshold_id": threshold.id, "due_at": now, "fired_at": now, "state": "pending"}]
        ),
        "psa.sla.breach": breach,
        "psa.sla.breach.entry": case.env["psa.sla.breach.entry"]._insert(
            [{"breach_id": breach.id, "reason_id": reason.id, "user_id": case.operations.id, "given_at": now}]
        ),
        "psa.sla.breach.explain": case.env["psa.sla.breach.explain"].create(
            {"breach_ids": [Command.set(breach.ids)], "reason_id": reason.id}
        ),
        "psa.sla.breach.reason": reason,
        "psa.sla.tuning": case.env["psa.sla.tuning"].create({}),
    }


def _make_whatif_samples(case, ticket):
    rule = case.env["helpdesk.sla"].create({"name": "Rule", "hours": 4})
    whatif = case.env["psa.sla.whatif"].with_user(case.admin).create({})
    values = {"whatif_id": whatif.id, "ticket_id": ticket.id, "sla_id": rule.id, "layer": "client"}
    results = case.env["psa.sla.whatif.result"].with_user(case.admin)
    return {
        "psa.sla.whatif": whatif,
        "psa.sla.whatif.line": whatif.line_ids[0],
        "psa.sla.whatif.result": results.create(
            {**values, "target": "resolution", "outcome": "kept", "opened_at": ticket.create_date}
        ),
    }


def _make_calendar_samples(case):
    calendar = case.env["resource.calendar"].create(
        {"name": "Service hours", "tz": "Australia/Perth", "holiday_country_id": case.env.ref("base.au").id}
    )
    wizard = case.env["psa.public.holiday.wizard"].with_user(case.admin).create({"calendar_id": calendar.id})
    return {
        "resource.calendar": calendar,
        "psa.public.holiday.wizard": wizard,
        "psa.public.holiday.wizard.line": wizard.line_ids[0],
    }


def _make_asset_samples(case):
    return {
        "psa.asset.identity": case.env["psa.asset.identity"].create(
            {"asset_id": case.asset.id, "source": "other", "identifier": "device-1"}
        ),
        "psa.asset.claim": case.env["psa.asset.claim"].create(
            {"company_id": case.env.company.id, "key": "serial:1", "claimed_at": "2026-11-22 08:00:00"}
        ),
        "psa.hub.ownership": case.env.ref("psa_base.psa_hub_ownership_asset_os"),
        "psa.hub.conflict": case.env["psa.hub.conflict"].create(
            {
                "asset_id": case.asset.id,
                "field": "os_info",
                "ours": "XP",
                "theirs": "Windows 11",
                "told_at": "2026-11-22 08:00:00",
            }
        ),
    }


def _make_hub_samples(case):
    connection = case.env["psa.hub.connection"].create({"name": "Monitoring", "team_id": case.team.id})
    message = case.env["psa.hub.inbox"].create({"connection_id": connection.id, "dedupe_key": "msg_1", "raw": "{}"})
    message._work()
    matches = case.env["psa.asset.match"].with_user(case.admin)
    match = matches.create({"message_id": message.id, "line_ids": [Command.create({"asset_id": case.asset.id})]})
    return {
        "psa.asset.match": match,
        "psa.asset.match.line": match.line_ids,
        "psa.hub.connection": connection,
        "psa.hub.inbox": message,
        "psa.hub.organization": case.env["psa.hub.organization"].create(
            {"connection_id": connection.id, "external_id": "4821", "name": "Northwind Dental"}
        ),
        "psa.hub.outbox": case.env["psa.hub.outbox"].create(
            {
                "connection_id": connection.id,
                "operation": "webhook.post",
                "payload": {"a": 1},
                "idempotency_key": "msg_1",
            }
        ),
        "psa.hub.circuit": case.env["psa.hub.circuit"].create({"connection_id": connection.id}),
        "psa.hub.credential": case.env["psa.hub.credential"].create(
            {"connection_id": connection.id, "kind": "credential"}
        ),
        "psa.hub.sync": case.env["psa.hub.sync"].create({"connection_id": connection.id, "kind": "devices"}),
        "psa.hub.attempt": message.attempt_ids,
        **_make_health_samples(case, connection, message),
        "psa.secret.reveal": case.env["psa.secret.reveal"].create({}),
    }


def _make_health_samples(case, connection, message):
    letters = case.env["psa.hub.dead.letter"]
    dry_run = case.env["psa.hub.dry.run"].create(
        {
            "message_model": message._name,
            "message_id": message.id,
            "outcome": "done",
            "line_ids": [Command.create({"field": "Name", "after": "NWD-SRV-01"})],
        }
    )
    return {
        "psa.hub.dead.letter": letters.browse(letters._get_ids(message)),
        "psa.hub.replay": case.env["psa.hub.replay"].create(
            {
                "user_id": case.operations.id,
                "company_id": case.env.company.id,
                "message_keys": [[message._name, message.id]],
            }
        ),
        "psa.hub.dry.run": dry_run,
        "psa.hub.dry.run.line": dry_run.line_ids,
        "psa.hub.assignment": case.env["psa.hub.assignment"].create(
            {"letter_ids": letters._get_ids(message), "user_id": case.operations.id}
        ),
        "psa.hub.set.aside": case.env["psa.hub.set.aside"].create(
            {"message_ids": message.ids, "reason": "The device is gone."}
        ),
        "psa.hub.map.client": case.env["psa.hub.map.client"].create({"connection_id": connection.id, "group": "NWD"}),
        "psa.hub.alarm": case.env["psa.hub.alarm"]._open_alarms(
            [(connection.id, "dead", "Monitoring: 1 dead letter waits.")], fields.Datetime.now()
        ),
        "psa.hub.mask": case.env["psa.hub.mask"].create({"connection_id": connection.id, "path": "Owner.Phone"}),
        "psa.metrics.key": case.env["psa.metrics.key"].create({"name": "Prometheus"}),
    }


def _make_alert_samples(case):
    connection = case.env["psa.hub.connection"].create({"name": "Monitoring of alerts", "team_id": case.team.id})
    case.env["psa.asset"].create(
        {"name": "HD-SERVER", "partner_id": case.client_company.id, "pulseway_id": "psa_test_device"}
    )
    alert = Alert("psa_test_device", "Low disk space", "Drive C: has 4% free.", Priority.CRITICAL)
    integration_user = case.env.ref("psa_base.user_integration")
    links = raise_alert(connection.with_user(integration_user), alert, fields.Datetime.now())
    episode = case.env["psa.alert"].browse(links["alert_id"])
    windows = case.env["psa.maintenance.window"]
    tester = case.env["psa.alert.tester"].create(
        {"connection_id": connection.id, "payload": "{}", "line_ids": [Command.create({"result": "no"})]}
    )
    return {
        "psa.alert": episode,
        "psa.alert.occurrence": episode.occurrence_ids,
        "psa.alert.rule": case.env["psa.alert.rule"].create({"name": "Backups"}),
        "psa.alert.recovery": case.env["psa.alert.recovery"].create(
            {"recovery_titles": "Back online", "ended_titles": "Offline"}
        ),
        "psa.alert.priority": case.env["psa.alert.priority"].create({"name": "One to one"}),
        "psa.alert.tester": tester,
        "psa.alert.tester.line": tester.line_ids,
        "psa.maintenance.window": windows.create({"name": "Firewall", "partner_id": case.client_company.id}),
    }


def _make_api_samples(case):
    scope = case.env.ref("psa_base.psa_api_scope_tickets_read")
    key = case.env["psa.api.key"].create(
        {
            "name": "Practice software",
            "partner_id": case.client_company.id,
            "team_id": case.team.id,
            "scope_ids": [Command.set(scope.ids)],
        }
    )
    event = case.env.ref("psa_base.psa_api_event_ticket_created")
    return {
        "psa.api.event": event,
        "psa.api.subscription": case.env["psa.api.subscription"].create(
            {
                "name": "Practice software",
                "partner_id": case.client_company.id,
                "url": "https://hooks.example.com/psa",
                "event_ids": [Command.set(event.ids)],
            }
        ),
        "psa.api.key": key,
        "psa.api.key.rotation": case.env["psa.api.key.rotation"].create({"key_id": key.id}),
        "psa.api.scope": scope,
        "psa.api.usage": case.env["psa.api.usage"].create(
            {"key_id": key.id, "minute": "2026-11-22 08:00:00", "request_count": 1}
        ),
        "psa.api.idempotency": case.env["psa.api.idempotency"].create(
            {"partner_id": case.client_company.id, "idempotency_key": "key-1", "request_hash": "hash"}
        ),
    }
