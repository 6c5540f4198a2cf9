from odoo import Command, models

from ...series import GROUPS
from ...services.api.view import get_phone


class ResPartner(models.Model):
    """A client's people, who may go to another client.

    A ticket belongs to the client of its contact, and that client's people and programs read it. So a contact who goes
    to another client would take along tickets with their comments and files, and the right to manage keys and webhooks.
    Instead, the tickets stay with the client where they were reported, and the right ends.
    """

    _inherit = "res.partner"

    def write(self, vals):
        self._check_may_write_people()
        if movers := self._filter_movers(vals):
            movers._leave_tickets_behind()
            movers._give_up_api_access()
        return super().write(vals)

    def _check_may_write_people(self):
        """Refuse an administrator who writes a person with rights beyond the suite's roles.

        Whoever changes a person's address can have a new password sent there.
        """
        users = self.env["res.users"]
        if not users._is_bounded() or not self.env.user.has_group("psa_base.group_admin"):
            return
        # sudo: the verdict is about all users of these contacts, also those whom the administrator does not see.
        people = self.sudo().with_context(active_test=False).user_ids - self.env.user.sudo()
        people.with_env(self.env)._check_within_roles()

    def _filter_movers(self, vals):
        """The contacts, and the people below them, who belong to another client after this write.

        A contact who was a client alone, or belonged to no client yet, is not among them: tickets go along then.
        """
        if {"parent_id", "is_company"}.isdisjoint(vals):
            return self.browse()
        moved = self.filtered(
            lambda partner: partner.commercial_partner_id not in (partner, partner._get_client_after(vals))
        )
        if not moved:
            return moved
        # sudo: all people below a contact go with it, also those whom the user may not see.
        below = self.sudo().with_context(active_test=False).search([("id", "child_of", moved.ids)])
        return below.filtered(lambda person: person.commercial_partner_id in moved.commercial_partner_id)

    def _get_client_after(self, vals):
        """The client of this partner after `vals` are written, as Odoo computes the commercial entity."""
        parent = self.browse(vals["parent_id"] or ()) if "parent_id" in vals else self.parent_id
        if vals.get("is_company", self.is_company) or not parent:
            return self
        return parent.commercial_partner_id

    def _leave_tickets_behind(self):
        """Make the client itself the contact of these people's tickets and recurrences, and let them follow none."""
        # sudo: whoever moves contacts need not be allowed to see tickets.
        tickets = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        # sudo: recurring tickets of a client are as closed to them as its tickets.
        recurrences = self.env["psa.ticket.recurrence"].sudo().with_context(active_test=False)
        for client, leavers in self.grouped("commercial_partner_id").items():
            followed = [("commercial_partner_id", "=", client.id), ("message_partner_ids", "in", leavers.ids)]
            tickets.search(followed).message_unsubscribe(leavers.ids)
            own = [("partner_id", "in", leavers.ids)]
            for person, reported in tickets.search(own).grouped("partner_id").items():
                person._sign_tickets(reported)
                reported.write({"partner_id": client.id})
            recurrences.search(own).partner_id = client

    def _sign_tickets(self, tickets):
        """Write name, address and phone of this person on the tickets, so that these still say who reported them."""
        known = {"partner_name": self.name, "partner_email": self.email, "partner_phone": get_phone(self)}
        for name, value in known.items():
            tickets.filtered(lambda ticket, name=name: not ticket[name]).write({name: value})

    def _give_up_api_access(self):
        """Take the right to manage API access from these people. Somebody has to grant it anew for the next client."""
        group = self.env.ref("psa_base.group_client_admin")
        # sudo: only administrators may change users, and whoever moves contacts only takes a right away here.
        users = self.sudo().with_context(active_test=False).user_ids
        administrators = users.filtered(lambda user: group in user[GROUPS])
        administrators.write({GROUPS: [Command.unlink(group.id)]})
        for person in administrators.partner_id:
            person._message_log(
                body=self.env._(
                    "%s no longer manages API access, which was for the client before. Grant it anew if this person "
                    "is to manage it for the new one.",
                    person.name,
                )
            )
