"""Six businesses around Sydney and one in Perth, their people, and a login to the portal for the first of each."""

from dataclasses import dataclass

from odoo import Command

from odoo.addons.psa_base.series import GROUPS


@dataclass(frozen=True)
class Contact:
    name: str
    job: str
    phone: str


@dataclass(frozen=True)
class Client:
    key: str
    name: str
    domain: str
    abn: str
    street: str
    city: str
    zip: str
    phone: str
    contacts: tuple[Contact, ...]
    state: str = "NSW"
    tz: str = "Australia/Sydney"


CLIENTS = (
    Client(
        "northwind",
        "Northwind Dental",
        "northwind-dental.example",
        "64 655 520 202",
        "Suite 3, 41 Victoria Avenue",
        "Chatswood",
        "2067",
        "+61 2 5550 2100",
        (
            Contact("Priya Raman", "Practice manager", "+61 491 570 313"),
            Contact("Dr Oliver Banks", "Principal dentist", "+61 491 570 737"),
            Contact("Sofia Marino", "Reception", "+61 2 5550 2101"),
        ),
    ),
    Client(
        "harbour",
        "Harbour & Hale Lawyers",
        "harbourhale.example",
        "19 655 530 303",
        "Level 17, 60 Castlereagh Street",
        "Sydney",
        "2000",
        "+61 2 5550 3100",
        (
            Contact("Georgina Hale", "Managing partner", "+61 491 570 266"),
            Contact("Marcus Adeyemi", "Practice IT liaison", "+61 2 5550 3112"),
            Contact("Fiona Blackwood", "Paralegal", "+61 2 5550 3125"),
        ),
    ),
    Client(
        "banksia",
        "Banksia Architects",
        "banksia-architects.example",
        "63 655 540 404",
        "12 Crown Lane",
        "Darlinghurst",
        "2010",
        "+61 2 5550 4100",
        (
            Contact("Lachlan Price", "Studio director", "+61 491 571 491"),
            Contact("Yuki Tanaka", "BIM manager", "+61 2 5550 4108"),
        ),
    ),
    Client(
        "freight",
        "Southern Cross Freight",
        "scfreight.example",
        "18 655 550 505",
        "27 Simblist Road",
        "Port Botany",
        "2036",
        "+61 2 5550 5100",
        (
            Contact("Dave Kowalski", "Depot manager", "+61 491 571 804"),
            Contact("Leilani Faleolo", "Dispatch coordinator", "+61 2 5550 5120"),
        ),
    ),
    Client(
        "grindstone",
        "Grindstone Café Group",
        "grindstone.example",
        "62 655 560 606",
        "148 Marrickville Road",
        "Marrickville",
        "2204",
        "+61 2 5550 6100",
        (
            Contact("Nick Papadopoulos", "Owner", "+61 491 572 549"),
            Contact("Chloe Barnes", "Venue manager, Newtown", "+61 2 5550 6104"),
        ),
    ),
    Client(
        "wattle",
        "Wattle Park College",
        "wattlepark.example",
        "17 655 570 707",
        "5 Jersey Street",
        "Wentworthville",
        "2145",
        "+61 2 5550 7100",
        (
            Contact("Ruth Simmons", "Business manager", "+61 491 572 665"),
            Contact("Amir Haddad", "ICT coordinator", "+61 2 5550 7122"),
        ),
    ),
    Client(
        "swan",
        "Swan River Engineering",
        "swanriver.example",
        "61 655 580 808",
        "Level 9, 140 St Georges Terrace",
        "Perth",
        "6000",
        "+61 8 5550 8100",
        (
            Contact("Megan Doyle", "Office manager", "+61 491 573 770"),
            Contact("Callum Reid", "Structural engineer", "+61 8 5550 8107"),
        ),
        state="WA",
        tz="Australia/Perth",
    ),
)
HOME_STATE = "NSW"
PORTAL_CLIENT = "northwind"  # whose login is the demo's "client"


def sign_up(world):
    companies = _create_companies(world)
    contacts = _create_contacts(world, companies)
    world.name({f"partner_{client.key}": company for client, company in companies.items()})
    world.name(
        {
            f"contact_{client.key}_{number}": contact
            for client in CLIENTS
            for number, contact in enumerate(contacts[client], start=1)
        }
    )
    _open_portal(world)


def _create_companies(world):
    env = world.env
    companies = env["res.partner"].create(
        [
            {
                "name": client.name,
                "is_company": True,
                "vat": client.abn,
                "street": client.street,
                "city": client.city,
                "zip": client.zip,
                "phone": client.phone,
                "email": f"office@{client.domain}",
                "website": f"https://{client.domain}",
                "lang": "en_AU",
                "tz": client.tz,
                "property_payment_term_id": env.ref("account.account_payment_term_15days").id,
                **_prepare_state(env, client),
            }
            for client in CLIENTS
        ]
    )
    return dict(zip(CLIENTS, companies, strict=True))


def _prepare_state(env, client):
    """The client's place. In another state than the desk's, the client has the service hours of that state."""
    country = env.ref("base.au")
    state = country.state_ids.filtered(lambda state: state.code == client.state)
    calendars = env["resource.calendar"].search([("holiday_state_id", "=", state.id)], limit=1)
    return {
        "country_id": country.id,
        "state_id": state.id,
        "service_calendar_id": calendars.id if client.state != HOME_STATE else False,
    }


def _create_contacts(world, companies):
    """Create all contacts in one batch, and return them by client, in the order of CLIENTS."""
    people = [(client, contact) for client in CLIENTS for contact in client.contacts]
    records = world.env["res.partner"].create(
        [
            {
                "name": contact.name,
                "parent_id": companies[client].id,
                "function": contact.job,
                "phone": contact.phone,
                "email": f"{_mailbox(contact.name)}@{client.domain}",
                "lang": "en_AU",
                "tz": client.tz,
            }
            for client, contact in people
        ]
    )
    contacts = dict.fromkeys(CLIENTS, world.env["res.partner"])
    for (client, _contact), record in zip(people, records, strict=True):
        contacts[client] += record
    return contacts


def _mailbox(name):
    """The part before the @: that of Dr Oliver Banks is oliver."""
    return name.removeprefix("Dr ").split()[0].lower()


def _open_portal(world):
    group = world.env.ref("psa_base.group_client")
    contacts = {client: world.ref(f"contact_{client.key}_1") for client in CLIENTS}
    users = world.env["res.users"].create(
        [
            {
                "partner_id": contact.id,
                "login": contact.email,
                "tz": client.tz,
                "lang": "en_AU",
                GROUPS: [Command.set(group.ids)],
            }
            for client, contact in contacts.items()
        ]
    )
    world.name({f"user_{client.key}": user for client, user in zip(CLIENTS, users, strict=True)})
    # One person at the client may look after the company's API keys and webhooks.
    world.user(PORTAL_CLIENT).write({GROUPS: [Command.link(world.env.ref("psa_base.group_client_admin").id)]})
