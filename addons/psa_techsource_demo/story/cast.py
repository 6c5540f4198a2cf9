"""Techsource Pty Ltd and the people who work there."""

from base64 import b64encode
from dataclasses import dataclass

from odoo import Command
from odoo.tools import file_open

from odoo.addons.psa_base.series import GROUPS

from .world import MODULE

COMPANY = {
    "name": "Techsource Pty Ltd",
    "street": "Level 4, 88 Foveaux Street",
    "city": "Surry Hills",
    "zip": "2010",
    "phone": "+61 2 7010 1400",
    "email": "hello@techsource.example",
    "website": "https://techsource.example",
    "vat": "20 655 510 101",
}


@dataclass(frozen=True)
class Person:
    key: str
    name: str
    login: str
    job: str
    group: str
    phone: str
    hourly_cost: float


STAFF = (
    Person("admin", "Helen Marsh", "admin", "Service delivery systems", "admin", "+61 491 570 006", 78),
    Person("operations", "Daniel Nguyen", "ops", "Service desk manager", "operations", "+61 491 570 156", 72),
    Person("support", "Aisha Rahman", "support", "Senior support engineer", "support", "+61 491 570 157", 58),
    Person("tom", "Tom Gallagher", "tom", "Support engineer", "support", "+61 491 570 158", 52),
    Person("mei", "Mei Zhou", "mei", "Network engineer", "support", "+61 491 570 159", 61),
    Person("accounts", "Karen Whitfield", "accounts", "Accounts", "accounts", "+61 491 570 110", 55),
)
ENGINEERS = ("support", "tom", "mei")


def open_business(world):
    with file_open(f"{MODULE}/static/img/techsource.png", "rb") as logo:
        world.company.write(
            {
                **COMPANY,
                "country_id": world.env.ref("base.au").id,
                "state_id": world.env.ref("base.state_au_2").id,
                "logo": b64encode(logo.read()),
            }
        )
    world.company.partner_id.write({"tz": "Australia/Sydney", "lang": "en_AU"})
    world.company.resource_calendar_id.tz = "Australia/Sydney"
    world.company._set_up_australian_books()


def hire(world):
    env = world.env
    users = env["res.users"].create(
        [
            {
                "name": person.name,
                "login": f"{person.login}@techsource.example",
                "email": f"{person.login}@techsource.example",
                "phone": person.phone,
                "tz": "Australia/Sydney",
                "lang": "en_AU",
                GROUPS: [Command.set(env.ref(f"psa_base.group_{person.group}").ids)],
            }
            for person in STAFF
        ]
    )
    env["hr.employee"].create(
        [
            {
                "name": person.name,
                "user_id": user.id,
                "job_title": person.job,
                "work_phone": person.phone,
                "hourly_cost": person.hourly_cost,
            }
            for person, user in zip(STAFF, users, strict=True)
        ]
    )
    world.name({f"user_{person.key}": user for person, user in zip(STAFF, users, strict=True)})
    world.company.sla_manager_id = world.user("operations")
