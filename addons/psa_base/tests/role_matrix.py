"""What each role may do, as tables that a lawyer could read. Plain data: nothing here is computed.

The tests prove every cell with real users by the web client's own calls (test_role_matrix.py, with a sample record
for each row of RECORDS in role_samples.py); `scripts/psa roles` writes docs/roles.md from the same tables.
A new model needs a row here, or the house rules fail.
"""

# The columns of every table below, from left to right.
ROLES = ("support", "operations", "accounts", "admin", "client")

# What each role is for.
MEANINGS = {
    "support": "Works on the tickets of the own teams and writes down the time. No money.",
    "operations": "Triages, assigns and dispatches all tickets, approves time, settles dead letters. No money.",
    "accounts": "Bills: agreements, invoices, approval of time. Reads tickets, does no ticket work.",
    "admin": "Configures the suite, gives roles, overrides with a reason. No technical settings, no money.",
    "client": "A person of a client: the own company's tickets, assets, service reports and invoices, in the portal.",
}

# The letters of RECORDS and FIELDS: what the server calls it, and what people call it.
OPERATIONS = {"r": ("read", "read"), "w": ("write", "change"), "c": ("create", "create"), "d": ("unlink", "delete")}

# Role × model × operation: r(ead), w(rite), c(reate), d(elete). The key is a model and, where it matters, which of its
# records; the first cell says the same in words. Engine-written ledgers have "r" at most.
RECORDS = {
    "helpdesk.ticket own": ("Own team's tickets; for a client, own company's", "rwc", "rwc", "r", "rwcd", "r"),
    "helpdesk.ticket other": ("Other teams' and companies' tickets", "", "rwc", "r", "rwcd", ""),
    "time own": ("Own time on tickets", "rwcd", "rwcd", "rwcd", "rwcd", ""),
    "time other": ("Time of others", "", "rwcd", "rwcd", "rwcd", ""),
    "psa.asset own": ("Assets; for a client, of the own company", "rw", "rwc", "r", "rwcd", "r"),
    "psa.asset other": ("Assets of other clients", "rw", "rwc", "r", "rwcd", ""),
    "psa.asset.identity": ("Identities of assets at monitoring", "r", "r", "r", "r", ""),
    "psa.asset.claim": ("Claims that keep two messages from making one asset twice", "", "", "", "", ""),
    "psa.asset.match": ("The dialog that says which asset a device is", "", "rwcd", "", "rwcd", ""),
    "psa.asset.match.line": ("An asset in that dialog", "", "rwcd", "", "rwcd", ""),
    "psa.lifecycle": ("Lifecycles", "r", "r", "r", "rwcd", ""),
    "psa.lifecycle.transition": ("Moves of a lifecycle", "r", "r", "r", "rwcd", ""),
    "psa.lifecycle.gate": ("Gates on moves", "r", "r", "r", "rwcd", ""),
    "psa.lifecycle.action": ("Actions on arrival in a stage", "r", "r", "r", "rwcd", ""),
    "psa.lifecycle.timer": ("Timers of a lifecycle", "r", "r", "r", "rwcd", ""),
    "psa.lifecycle.timer.due": ("What waits to happen to a ticket", "r", "r", "r", "r", ""),
    "psa.ticket.checklist.item own": ("Checklist of own team's tickets", "rwcd", "rwcd", "r", "rwcd", ""),
    "psa.ticket.checklist.item other": ("Checklist of other teams' tickets", "", "rwcd", "r", "rwcd", ""),
    "psa.ticket.template": ("Ticket templates", "r", "rwc", "r", "rwcd", ""),
    "psa.ticket.template.line": ("Checklist of a template", "r", "rwcd", "r", "rwcd", ""),
    "psa.ticket.recurrence": ("Recurring tickets", "r", "rwc", "r", "rwcd", ""),
    "psa.ticket.recurrence.run": ("Occurrences of a recurring ticket", "r", "r", "", "r", ""),
    "psa.lifecycle.override": ("The dialog that overrides a stage", "", "", "", "rwcd", ""),
    "psa.duty.conflict": ("Duties that are kept apart", "", "", "", "r", ""),
    "psa.duty.finding": ("People who hold duties that should be apart", "", "", "", "r", ""),
    "res.users": ("People and their roles", "r", "r", "r", "rwc", ""),
    "res.partner": ("Clients and their contacts", "r", "r", "r", "rwc", ""),
    "res.partner.bank": ("Bank accounts", "", "", "r", "", ""),
    "hr.employee": ("Employees, as far as every colleague may know", "r", "r", "r", "r", ""),
    "psa.lifecycle.move own": ("Moves of own team's tickets", "r", "r", "r", "r", ""),
    "psa.lifecycle.move other": ("Moves of other teams' tickets", "", "r", "r", "r", ""),
    "psa.lifecycle.stay own": ("Time in stage of own team's tickets", "r", "r", "r", "r", ""),
    "psa.lifecycle.stay other": ("Time in stage of other teams' tickets", "", "r", "r", "r", ""),
    "psa.lifecycle.refusal": ("Refused moves", "", "r", "", "r", ""),
    "psa.audit.entry": ("Audit entries", "", "", "", "r", ""),
    "psa.sla.threshold": ("SLA thresholds", "r", "r", "r", "rwcd", ""),
    "psa.sla.alert": ("SLA alerts; for support, of the own teams' tickets", "r", "r", "", "r", ""),
    "psa.sla.breach": ("SLA breaches; for support, of the own teams' tickets", "r", "r", "", "r", ""),
    "psa.sla.breach.entry": ("Explanations of breaches, likewise", "r", "r", "", "r", ""),
    "psa.sla.breach.explain": ("The dialog that explains breaches", "rwcd", "rwcd", "", "rwcd", ""),
    "psa.sla.breach.reason": ("Reasons for breaches", "r", "r", "r", "rwcd", ""),
    "psa.sla.tuning": ("The page of SLA settings", "", "", "", "rwcd", ""),
    "helpdesk.sla client": ("SLA rules of the client layer", "r", "r", "r", "rwcd", "r"),
    "helpdesk.sla internal": ("SLA rules of the internal layer", "r", "r", "r", "rwcd", ""),
    "helpdesk.ticket.sla client": ("Clocks of a ticket, client layer", "r", "r", "r", "r", "r"),
    "helpdesk.ticket.sla internal": ("Clocks of a ticket, internal layer", "r", "r", "r", "r", ""),
    "helpdesk.ticket.team": ("Teams", "r", "r", "r", "rwcd", "r"),
    "helpdesk.ticket.stage": ("Stages", "r", "r", "r", "rwcd", "r"),
    "resource.calendar": ("Service calendars", "r", "r", "r", "rwcd", ""),
    "psa.sla.explanation": ("The dialog that tells why a ticket has its SLA", "rc", "rc", "rc", "rc", ""),
    "psa.sla.explanation.line": ("A rule in that dialog", "rc", "rc", "rc", "rc", ""),
    "psa.sla.recalculation": ("The dialog that recalculates SLA clocks", "", "rwcd", "", "rwcd", ""),
    "psa.public.holiday.wizard": ("The dialog that adds public holidays", "", "", "", "rwcd", ""),
    "psa.public.holiday.wizard.line": ("A holiday in that dialog", "", "", "", "rwcd", ""),
    "psa.sla.whatif": ("SLA what-if questions", "", "", "", "rwcd", ""),
    "psa.sla.whatif.line": ("Proposals of a what-if", "", "", "", "rwcd", ""),
    "psa.sla.whatif.result": ("Results of a what-if", "", "", "", "rcd", ""),
    "psa.alert": ("Alerts of the monitoring systems", "r", "r", "", "r", ""),
    "psa.alert.occurrence": ("When an alert was seen", "r", "r", "", "r", ""),
    "psa.alert.rule": ("Rules for alerts", "r", "r", "", "rwcd", ""),
    "psa.alert.recovery": ("Which alert ends which", "r", "r", "", "rwcd", ""),
    "psa.alert.priority": ("Priority maps for alerts", "r", "r", "", "rwcd", ""),
    "psa.alert.tester": ("The dialog that tries the rules for alerts", "", "rwcd", "", "rwcd", ""),
    "psa.alert.tester.line": ("A rule in that dialog", "", "rwcd", "", "rwcd", ""),
    "psa.maintenance.window": ("Maintenance windows", "r", "rwcd", "", "rwcd", ""),
    "psa.hub.connection": ("Connections to other systems", "", "r", "", "rwcd", ""),
    "psa.hub.ownership": ("Who is master of which field", "r", "r", "r", "rw", ""),
    "psa.hub.conflict": ("What monitoring says differently", "r", "r", "r", "r", ""),
    "psa.hub.inbox": ("Messages received from other systems", "", "r", "", "r", ""),
    "psa.hub.organization": ("Clients as a vendor knows them", "", "rw", "", "rwcd", ""),
    "psa.hub.outbox": ("Messages to send to other systems", "", "r", "", "r", ""),
    "psa.hub.circuit": ("The lines to other systems", "", "r", "", "r", ""),
    "psa.hub.credential": ("The dialog that takes a credential", "", "", "", "rwcd", ""),
    "psa.hub.dead.letter": ("Dead letters", "", "r", "", "r", ""),
    "psa.hub.replay": ("Replays of many dead letters", "", "r", "", "r", ""),
    "psa.hub.dry.run": ("The dialog that shows what a replay would do", "", "r", "", "r", ""),
    "psa.hub.dry.run.line": ("Its lines", "", "r", "", "r", ""),
    "psa.hub.assignment": ("The dialog that gives dead letters to somebody", "", "rwcd", "", "rwcd", ""),
    "psa.hub.set.aside": ("The dialog that sets dead letters aside", "", "rwcd", "", "rwcd", ""),
    "psa.hub.map.client": ("The dialog that says whose messages these are", "", "rwcd", "", "rwcd", ""),
    "psa.hub.alarm": ("Alarms of connections", "", "r", "", "r", ""),
    "psa.hub.mask": ("Fields of payloads that are masked", "", "r", "", "rwcd", ""),
    "psa.metrics.key": ("Keys for metrics", "", "", "", "rwcd", ""),
    "psa.hub.sync": ("Polls of other systems", "", "r", "", "r", ""),
    "psa.hub.attempt": ("Attempts to work a message", "", "r", "", "r", ""),
    "psa.api.key": ("Keys of clients' programs", "", "", "", "rwcd", ""),
    "psa.api.key.rotation": ("The dialog that replaces a key", "", "", "", "rwcd", ""),
    "psa.api.scope": ("What a key may be for", "", "", "", "r", ""),
    "psa.api.event": ("What clients' systems can be told of", "", "r", "", "r", ""),
    "psa.api.subscription": ("Webhooks to clients' systems", "", "r", "", "rwcd", ""),
    "psa.api.usage": ("How much a key was used", "", "", "", "r", ""),
    "psa.api.idempotency": ("Answers kept for repeated requests", "", "", "", "", ""),
    "psa.secret.reveal": ("The dialog that shows a new secret once", "", "", "", "rc", ""),
}  # fmt: skip

# What a client's administrator may do beyond any person of the client, with the records of the own company. Making,
# replacing and revoking goes by buttons in the portal, which choose what is theirs to choose.
CLIENT_ADMIN = {
    "psa.api.event": ("What webhooks may tell of", "r"),
    "psa.api.key": ("Keys of the own programs", "r"),
    "psa.api.scope": ("What a key may be for", "r"),
    "psa.api.subscription": ("Webhooks of the own programs", "r"),
    "psa.api.usage": ("How much a key was used", "r"),
}

# Role × fields of one of the records above: r(ead), w(rite).
FIELDS = {
    "ticket notes": ("Internal notes of a ticket", "helpdesk.ticket own", ("notes",), "rw", "rw", "r", "rw", ""),
    "ticket time": ("Time on a ticket", "helpdesk.ticket own", ("time_ids",), "rw", "rw", "r", "rw", ""),
    "ticket moves": ("Moves of a ticket", "helpdesk.ticket own", ("move_ids",), "r", "r", "r", "r", ""),
    "ticket due": ("When a ticket is due", "helpdesk.ticket own", ("next_due_at",), "r", "r", "r", "r", ""),
    "time approval": ("Whether time is approved", "time own", ("approval_state",), "r", "r", "r", "r", ""),
    "time approver": ("Who approved time", "time own", ("approved_by_id", "approved_at"), "r", "r", "r", "r", ""),
    "time writer": ("Who wrote time last", "time own", ("written_by_id",), "r", "r", "r", "r", ""),
    "time cost": ("What an hour costs", "time own", ("amount",), "", "", "rw", "", ""),
    "employee cost": ("Cost of an employee", "hr.employee", ("hourly_cost",), "", "", "", "", ""),
    "team lifecycle": ("Lifecycle of a team", "helpdesk.ticket.team", ("lifecycle_id",), "r", "r", "r", "rw", ""),
    "connection secret": ("Secret of a connection", "psa.hub.connection", ("secret_sealed",), "", "", "", "", ""),
    "connection credential": (
        "Credentials of a connection", "psa.hub.connection", ("credential_sealed", "previous_credential_sealed"),
        "", "", "", "", "",
    ),
    "metrics key secret": (
        "Fingerprints of a metrics key", "psa.metrics.key", ("key_hash", "previous_key_hash"), "", "", "", "", "",
    ),
    "key secret": (
        "Fingerprints of a key", "psa.api.key", ("key_hash", "previous_key_hash"), "", "", "", "", "",
    ),
}  # fmt: skip

# Role × button: x may press it. The key is a model's method, the second cell one of the records above.
ACTIONS = {
    "helpdesk.ticket.action_override_stage": ("Override a stage", "helpdesk.ticket own", "", "", "", "x", ""),
    "helpdesk.ticket.get_next_stages": ("Ask “Why can't I…?”", "helpdesk.ticket own", "x", "x", "x", "x", ""),
    "helpdesk.ticket.action_explain_sla": ("Ask “Why this SLA?”", "helpdesk.ticket own", "x", "x", "x", "x", ""),
    "psa.lifecycle.preview_matrix": ("Dry run other moves of a lifecycle", "psa.lifecycle", "", "", "", "x", ""),
    "psa.lifecycle.save_matrix": ("Save the matrix of a lifecycle", "psa.lifecycle", "", "", "", "x", ""),
    "psa.sla.recalculation.action_recalculate": (
        "Recalculate SLA clocks", "psa.sla.recalculation", "", "x", "", "x", ""
    ),
    "psa.sla.whatif.action_calculate": ("Calculate an SLA what-if", "psa.sla.whatif", "", "", "", "x", ""),
    "account.analytic.line.action_approve": ("Approve time of others", "time own", "", "x", "x", "x", ""),
    "account.analytic.line.action_reset_to_draft": ("Take an approval back", "time own", "", "x", "x", "x", ""),
    "psa.asset.action_decommission": ("Take a device out of use", "psa.asset own", "x", "x", "", "x", ""),
    "psa.alert.action_end": ("Say that an alert is over", "psa.alert", "", "x", "", "x", ""),
    "psa.hub.conflict.action_keep_ours": ("Keep ours in a conflict", "psa.hub.conflict", "", "x", "", "x", ""),
    "psa.hub.conflict.action_take_theirs": ("Take theirs in a conflict", "psa.hub.conflict", "", "x", "", "x", ""),
    "psa.hub.inbox.action_replay": ("Replay a dead letter", "psa.hub.inbox", "", "x", "", "x", ""),
    "psa.hub.dead.letter.action_replay": ("The same, from the list", "psa.hub.dead.letter", "", "x", "", "x", ""),
    "psa.hub.dead.letter.action_set_aside": ("Set dead letters aside", "psa.hub.dead.letter", "", "x", "", "x", ""),
    "psa.hub.set.aside.action_set_aside": ("The same, from its dialog", "psa.hub.set.aside", "", "x", "", "x", ""),
    "psa.hub.dead.letter.action_dry_run": ("Dry run of a replay", "psa.hub.dead.letter", "", "x", "", "x", ""),
    "psa.hub.dead.letter.action_mend": ("Mend what stopped a message", "psa.hub.dead.letter", "", "x", "", "x", ""),
    "psa.hub.outbox.action_replay": ("Send a message again", "psa.hub.outbox", "", "x", "", "x", ""),
    "psa.hub.outbox.action_cancel": ("Cancel what is to be sent", "psa.hub.outbox", "", "x", "", "x", ""),
    "psa.hub.connection.action_enter_credential": ("Enter a credential", "psa.hub.connection", "", "", "", "x", ""),
    "psa.hub.sync.action_stop": ("Stop a poll", "psa.hub.sync", "", "x", "", "x", ""),
    "psa.hub.connection.action_new_signing_secret": ("New secret", "psa.hub.connection", "", "", "", "x", ""),
    "psa.hub.connection.action_new_address": ("New address of a connection", "psa.hub.connection", "", "", "", "x", ""),
    "psa.metrics.key.action_new_key": ("New key for a monitoring program", "psa.metrics.key", "", "", "", "x", ""),
    "psa.metrics.key.action_revoke": ("Revoke a metrics key", "psa.metrics.key", "", "", "", "x", ""),
    "psa.api.key.action_new_key": ("New key for a client's program", "psa.api.key", "", "", "", "x", ""),
    "psa.api.key.action_revoke": ("Revoke a key", "psa.api.key", "", "", "", "x", ""),
    "psa.api.key.rotation.action_rotate": ("Replace a key", "psa.api.key.rotation", "", "", "", "x", ""),
    "psa.api.subscription.action_pause": ("Pause a client's webhook", "psa.api.subscription", "", "x", "", "x", ""),
    "psa.api.subscription.action_new_secret": ("New signing secret", "psa.api.subscription", "", "", "", "x", ""),
    "res.users.action_reset_password": ("Send somebody the link for a new password", "res.users", "", "", "", "x", ""),
}  # fmt: skip

# Odoo's own machinery: none of these models may be written by any role.
TECHNICAL = {
    "ir.model.access": ("Access lists", "", "", "", "", ""),
    "ir.rule": ("Record rules", "", "", "", "", ""),
    "ir.model.fields": ("Fields, which gates name", "", "", "", "r", ""),
    "ir.ui.view": ("Screens", "", "", "", "", ""),
    "ir.actions.server": ("Server actions", "", "", "", "", ""),
    "base.automation": ("Automation rules", "", "", "", "", ""),
    "ir.cron": ("Scheduled actions", "", "", "", "", ""),
    "ir.config_parameter": ("System parameters", "", "", "", "", ""),
    "ir.mail_server": ("Mail servers", "", "", "", "", ""),
    "ir.module.module": ("Addons: install, upgrade, remove", "r", "r", "r", "r", ""),
    "res.groups": ("Groups and what they bring", "r", "r", "r", "r", ""),
    "res.company": ("The provider's own company", "r", "r", "r", "r", "r"),
}
