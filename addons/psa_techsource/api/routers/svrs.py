"""Service verification reports of the key's client: to read, to print, to decide on."""

from odoo import http

from odoo.addons.psa_base.api.errors import Problem
from odoo.addons.psa_base.api.paging import paginate
from odoo.addons.psa_base.api.route import Answer, api_route
from odoo.addons.psa_base.api.schemas.common import list_of

from ...services.api.documents import read_svr_pdf
from ..documents import PDF, answer_pdf
from ..rendering import render_svr
from ..schemas.svrs import SvrApproval, SvrOut, SvrQuery, SvrRejection

SvrList = list_of(SvrOut)


class SvrRouter(http.Controller):
    @api_route(
        "/svrs",
        method="GET",
        scope="svrs:read",
        query=SvrQuery,
        answer=SvrList,
        summary="List service reports",
        tag="Service reports",
    )
    def list_svrs(self, api_key, query):
        """Reports that were sent to you. With `state=sent` those that wait for your decision.

        The newest first; with `updated_since`, in the order of their changes.
        """
        domain = _get_domain(api_key)
        if query.state:
            domain.append(("state", "=", query.state))
        if query.ticket:
            domain.append(("ticket_id.number", "=", query.ticket))
        svrs, next_cursor = paginate(api_key.env["techsource.svr"], domain, query)
        return Answer(SvrList(items=[render_svr(svr) for svr in svrs], next_cursor=next_cursor))

    @api_route(
        "/svrs/<int:svr_id>",
        method="GET",
        scope="svrs:read",
        answer=SvrOut,
        summary="Read a service report",
        tag="Service reports",
    )
    def get_svr(self, api_key, svr_id):
        """What was done on a ticket, as it was sent to you."""
        return Answer(render_svr(find_svr(api_key, svr_id)))

    @api_route(
        "/svrs/<int:svr_id>/pdf",
        method="GET",
        scope="svrs:read",
        answer=PDF,
        summary="Print a service report",
        tag="Service reports",
        errors=(503,),
    )
    def get_svr_pdf(self, api_key, svr_id):
        """The report as a PDF. Once it is approved, this is the same file for everybody and for ever.

        Where it cannot be made at the moment, the answer is 503 with `Retry-After`.
        """
        svr = find_svr(api_key, svr_id)
        return answer_pdf(read_svr_pdf, svr, f"{svr.name}.pdf")

    @api_route(
        "/svrs/<int:svr_id>/approve",
        method="POST",
        scope="svrs:decide",
        body=SvrApproval,
        answer=SvrOut,
        summary="Approve a service report",
        tag="Service reports",
    )
    def approve_svr(self, api_key, svr_id, body):
        """Your yes to the work, in the name of a person. It is final: the ticket closes and the work can be billed.

        A report that somebody has decided on already answers 409.
        """
        svr = find_svr(api_key, svr_id)
        svr.action_approve(body.name)
        return Answer(render_svr(svr))

    @api_route(
        "/svrs/<int:svr_id>/reject",
        method="POST",
        scope="svrs:decide",
        body=SvrRejection,
        answer=SvrOut,
        summary="Reject a service report",
        tag="Service reports",
    )
    def reject_svr(self, api_key, svr_id, body):
        """Your no, with what is missing. The engineer goes on, and a new report comes when the work is done.

        A report that somebody has decided on already answers 409.
        """
        svr = find_svr(api_key, svr_id)
        svr.action_reject(body.reason)
        return Answer(render_svr(svr))


def find_svr(api_key, svr_id):
    """The report, if it was sent to the key's client."""
    svr = api_key.env["techsource.svr"].search([("id", "=", svr_id), *_get_domain(api_key)])
    if not svr:
        raise Problem(404, "There is no such service report.")
    return svr


def _get_domain(api_key):
    """Reports that were sent to the key's client. The record rules hide the others as well."""
    return [("partner_id", "=", api_key.partner_id.id), ("state", "!=", "draft")]
