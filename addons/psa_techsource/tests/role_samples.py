"""A record for each row of RECORDS in role_matrix.py, made on the test's own data."""

from odoo import Command


def make_samples(case):
    """Return {key of RECORDS: record}, and the records that only FIELDS and ACTIONS name."""
    sent = case.create_sent_svr()
    return {
        "helpdesk.ticket own": sent.ticket_id,
        "time own": sent.sudo().line_ids.time_id,
        "res.partner": case.client_company,
        "techsource.svr own": sent,
        "techsource.svr other": _make_report_of_another_team(case),
        "techsource.svr draft": case.create_ticket("resolved").svr_ids,
        "techsource.svr.line": sent.line_ids,
        **_make_billing_samples(case),
        **_make_agreement_samples(case),
        **_make_invoice_samples(case),
    }


def _make_report_of_another_team(case):
    report = case.create_sent_svr(
        user_id=case.support_colleague.id, partner_id=case.other_company.id, asset_id=case.other_asset.id
    )
    other = case.team.copy({"name": "Projects", "user_ids": [Command.set(case.operations.ids)]})
    report.ticket_id.with_user(case.admin).action_override_stage(report.ticket_id.stage_id, "Wrong team", other)
    return report


def _make_billing_samples(case):
    approved, billed = case.create_approved_svr(approved=1), case.create_approved_svr(approved=1)
    rule = case.env["techsource.billing.rule"].search([("team_id", "=", case.team.id)])
    invoice = rule._bill(billed.sudo())
    return {
        "techsource.svr approved": approved,
        "techsource.billing.rule": rule,
        "techsource.billed.time": invoice.invoice_line_ids.techsource_billed_time_ids,
    }


def make_agreements(case):
    """An agreement of the client, who follows it, and one of another client, each with a line."""
    line = {"name": "Managed seat", "quantity": 3, "price_unit": 99, "date_start": "2026-11-01"}
    mine, theirs = case.env["contract.contract"].create(
        [
            {
                "name": "Agreement",
                "partner_id": company.id,
                "line_recurrence": True,
                "contract_line_ids": [Command.create(line)],
            }
            for company in (case.client_company, case.other_company)
        ]
    )
    mine.message_subscribe(case.client_user.partner_id.ids)
    return mine, theirs


def _make_agreement_samples(case):
    mine, theirs = make_agreements(case)
    return {
        "contract.contract own": mine,
        "contract.contract other": theirs,
        "contract.line": mine.contract_line_ids,
    }


def _make_invoice_samples(case):
    mine, draft = case.create_invoice(), case.create_invoice()
    theirs = case.create_invoice(partner_id=case.other_company.id)
    (mine | theirs).action_post()
    return {
        "account.move own": mine,
        "account.move other": theirs,
        "account.move draft": draft,
        "account.payment": case.env["account.payment"].create(
            {"payment_type": "inbound", "partner_type": "customer", "partner_id": mine.partner_id.id, "amount": 10}
        ),
    }
