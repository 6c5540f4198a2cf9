"""What happened: forty tickets, each with the route that it has taken so far."""

from dataclasses import dataclass

# Stages after "Request", each with the working hours from the opening to the move, at pace 1.
TO_TRIAGE = (("triage", 0.4),)
TO_ASSIGNED = (*TO_TRIAGE, ("assigned", 0.7))
TO_WORK = (*TO_ASSIGNED, ("in_progress", 1.2))
TO_CLIENT = (*TO_WORK, ("pending_client", 2.0))
TO_THIRD_PARTY = (*TO_WORK, ("pending_third_party", 2.2))
TO_RESOLVED = (*TO_WORK, ("resolved", 3.5))
TO_RESOLVED_LATE = (*TO_CLIENT, ("in_progress", 9.0), ("resolved", 10.5))
TO_RESOLVED_BY_VENDOR = (*TO_THIRD_PARTY, ("in_progress", 14.0), ("resolved", 15.0))

ROUTES = {
    "request": (),
    "triage": TO_TRIAGE,
    "assigned": TO_ASSIGNED,
    "in_progress": TO_WORK,
    "pending_client": TO_CLIENT,
    "pending_third_party": TO_THIRD_PARTY,
    "resolved": TO_RESOLVED,
    "svr_pending": (*TO_RESOLVED, ("svr_pending", 4.0)),
    "svr_rejected": (*TO_RESOLVED, ("svr_pending", 4.0), ("reject", 9.0)),
    "closed": (*TO_RESOLVED, ("svr_pending", 4.0), ("approve", 8.0), ("closed", 9.0)),
    "closed_after_client": (*TO_RESOLVED_LATE, ("svr_pending", 11.0), ("approve", 18.0), ("closed", 19.0)),
    "closed_after_vendor": (*TO_RESOLVED_BY_VENDOR, ("svr_pending", 15.5), ("approve", 20.0), ("closed", 21.0)),
}

LOW, MEDIUM, HIGH, CRITICAL = "0", "1", "2", "3"


@dataclass(frozen=True)
class Ticket:
    """`opened` is in working hours before today; `pace` stretches the route (3 = three times as slow).

    `time` is what the engineer wrote down, as (hours, words).
    """

    device: str
    contact: int
    title: str
    description: str
    priority: str
    route: str
    opened: float
    engineer: str = ""
    pace: float = 1
    time: tuple[tuple[float, str], ...] = ()


TICKETS = (
    # Closed and billed, or about to be.
    Ticket(
        "NWD-SURGERY-02", 1, "X-ray viewer will not open in surgery 2",
        "Since this morning's restart the imaging software stops at “database not found”. Dr Banks has patients from 10.",
        HIGH, "closed", 236, "support",
        time=((0.5, "Found the imaging share unmapped after the restart"),
              (1.25, "Mapped the share by policy and tested with two studies")),
    ),
    Ticket(
        "NWD-FW-01", 1, "Internet drops out around lunch time",
        "All chairs lose the booking system for a minute or two between 12 and 1. It has happened three days in a row.",
        MEDIUM, "closed_after_vendor", 212, "mei",
        time=((1.0, "Packet captures on the WAN port over lunch"),
              (0.75, "Fault lodged with the NBN provider, modem swapped by them"),
              (0.5, "Watched two days without a drop")),
    ),
    Ticket(
        "HHL-LT-04", 3, "Outlook asks for a password again and again",
        "Every few minutes, also right after typing the correct password. Teams signs in fine.",
        MEDIUM, "closed", 204, "tom",
        time=((0.75, "Cleared stale credentials, re-registered the device in Entra ID"),),
    ),
    Ticket(
        "HHL-DC-01", 2, "Set up account and laptop for new graduate lawyer",
        "Starts on Monday. Same access as the other graduates, plus the property precedent library.",
        LOW, "closed_after_client", 190, "tom",
        time=((1.0, "Created account, groups and mailbox"), (1.5, "Built laptop from the firm's image")),
    ),
    Ticket(
        "BNK-WS-03", 2, "Revit crashes when it opens the Crown Street model",
        "Works on the other workstations. The crash started after the graphics driver update on Tuesday.",
        HIGH, "closed", 178, "support",
        time=((0.5, "Reproduced, driver 561.09 at fault"), (1.0, "Rolled back driver and pinned the version")),
    ),
    Ticket(
        "SCF-SRV-01", 2, "Consignment labels print twice",
        "Each label comes out twice since the Windows update. The drivers are throwing half of them away.",
        MEDIUM, "closed", 165, "tom",
        time=((1.25, "Removed duplicate print queue left by the update"),),
    ),
    Ticket(
        "GRI-POS-02", 2, "Till in Newtown cannot reach the EFTPOS terminal",
        "We are taking cash only. The terminal says “host not found” and the till says “pinpad offline”.",
        CRITICAL, "closed", 158, "mei",
        time=((1.5, "On site in Newtown: fixed address for the pinpad, terminal re-paired"),),
    ),
    Ticket(
        "WPC-SW-02", 2, "No network in the science block",
        "All rooms in block C are offline. The switch has power but no link light on the uplink.",
        CRITICAL, "closed_after_vendor", 149, "mei", pace=2,
        time=((2.0, "Traced uplink, fibre cut by the builders"), (1.5, "Tested and patched after the cabler's repair")),
    ),
    Ticket(
        "WPC-DC-01", 1, "Disk nearly full on the school's server",
        "Monitoring: drive D: at 96 %. Staff home drives cannot be written to.",
        HIGH, "closed", 131, "support",
        time=((0.5, "Removed old shadow copies"), (1.0, "Extended the volume by 500 GB")),
    ),
    Ticket(
        "NWD-NAS-01", 1, "Nightly backup has failed twice",
        "The backup report shows “destination not reachable” for the last two nights.",
        HIGH, "closed", 118, "support",
        time=((1.0, "Renewed the NAS certificate, ran and verified a backup"),),
    ),
    # The client has the report, or has sent it back.
    Ticket(
        "NWD-RECEPTION-01", 3, "Card scanner is not recognised at reception",
        "The Medicare card scanner shows no light. We type the numbers by hand, which holds up the queue.",
        MEDIUM, "svr_pending", 34, "tom",
        time=((0.75, "Replaced the USB hub, scanner driver reinstalled and tested"),),
    ),
    Ticket(
        "NWD-SRV-01", 1, "Practice software is slow in the afternoon",
        "From about 2 pm every click takes several seconds at all chairs. Mornings are fine.",
        HIGH, "svr_pending", 27, "support",
        time=((1.0, "Found the database maintenance job running at 14:00"),
              (1.5, "Moved maintenance to the night, rebuilt indexes, measured before and after")),
    ),
    Ticket(
        "HHL-LT-07", 1, "Laptop does not wake up when docked",
        "Screen stays black after lunch, I have to hold the power button. Second time that I lost work.",
        MEDIUM, "svr_pending", 30, "support",
        time=((1.0, "Dock firmware and BIOS updated, tested ten sleep cycles"),),
    ),
    Ticket(
        "NWD-SURGERY-04", 2, "Second screen flickers in surgery 4",
        "The patient-facing screen flickers when the chair light is on.",
        LOW, "svr_rejected", 52, "mei", time=((0.75, "Replaced display cable"),),
    ),
    # Work is done, the report is to be written.
    Ticket(
        "BNK-NAS-01", 1, "Restore deleted folder “Crown Street – Planning”",
        "Somebody deleted the folder from the project share yesterday after 4 pm. We need it back for a lodgement.",
        HIGH, "resolved", 14, "support", time=((0.75, "Restored folder from the 16:00 snapshot, client confirmed by phone"),),
    ),
    Ticket(
        "SCF-DISPATCH-02", 2, "Two-factor prompts do not arrive",
        "Leilani's phone was replaced and the authenticator shows no request any more.",
        MEDIUM, "resolved", 11, "tom", time=((0.5, "Identity checked by call-back, new authenticator registered"),),
    ),
    Ticket(
        "WPC-STAFF-02", 2, "Projector in the library is not found by AirPlay",
        "Worked last term. Other projectors are listed.",
        LOW, "resolved", 18, "mei", pace=2, time=((1.0, "Moved projector to the AV network, mDNS relay added"),),
    ),
    # Waiting for somebody else.
    Ticket(
        "HHL-LT-02", 2, "BitLocker recovery key requested at start",
        "The laptop asks for a recovery key since the BIOS update. The user is in court until Thursday.",
        HIGH, "pending_client", 12, "tom", time=((0.5, "Recovery key found, waiting for the user to be at the laptop"),),
    ),
    Ticket(
        "BNK-MAC-01", 1, "Shared calendar is missing on the new MacBook",
        "The studio calendar does not show in Apple Calendar. Please tell us which of the two we should keep.",
        LOW, "pending_client", 26, "support", time=((0.25, "Asked the studio which calendar is the right one"),),
    ),
    Ticket(
        "GRI-OFFICE-01", 1, "Replace office PC before Windows 10 support ends",
        "The office PC is too old for Windows 11. Quote is with Nick, waiting for his go-ahead.",
        MEDIUM, "pending_client", 44, "tom", time=((0.75, "Compared three replacements and quoted"),),
    ),
    Ticket(
        "NWD-SURGERY-01", 2, "Microphone for dictation is very quiet",
        "Dictation makes mistakes since the new headset. Please try the second headset and tell us.",
        LOW, "pending_client", 19, "mei", time=((0.25, "Raised input gain, asked to try the spare headset"),),
    ),
    Ticket(
        "SCF-FW-02", 1, "Depot 2: NBN link runs at a tenth of its speed",
        "Speed test shows 8 Mbit/s, ordered are 100. Drivers' tablets do not sync before they leave.",
        HIGH, "pending_third_party", 16, "mei", time=((1.0, "Line tests done, incident lodged with the carrier"),),
    ),
    Ticket(
        "BNK-WS-01", 2, "Licence server refuses the second BIM seat",
        "“No licence available” although we bought two more seats in October.",
        MEDIUM, "pending_third_party", 23, "support", time=((0.5, "Entitlement case opened with the reseller"),),
    ),
    Ticket(
        "HHL-FW-01", 2, "Court document portal is blocked by certificate error",
        "The portal's own certificate expired; we have told them and wait for the renewal.",
        MEDIUM, "pending_third_party", 9, "mei", time=((0.5, "Confirmed expiry is on the court's side, lodged with their help desk"),),
    ),
    # On the bench.
    Ticket(
        "HHL-FILE-01", 2, "File server: move matter archive to new storage",
        "Archive before 2018 goes to the new volume this week, in the evenings, so that nobody waits.",
        MEDIUM, "in_progress", 21, "support",
        time=((2.0, "First evening: 2010 to 2013 copied and verified"), (1.5, "Second evening: 2014 and 2015")),
    ),
    Ticket(
        "SCF-SRV-02", 1, "Backup of the dispatch database takes until noon",
        "It used to end at 5 am. Dispatch is slow until it is done.",
        HIGH, "in_progress", 7, "support", time=((1.0, "Compared job history, full backup runs daily by mistake"),),
    ),
    Ticket(
        "GRI-POS-04", 2, "Till restarts in the middle of an order",
        "Twice during Saturday brunch. Nothing in common that we can see.",
        HIGH, "in_progress", 5, "tom", time=((0.5, "Memory test running over night"),),
    ),
    Ticket(
        "WPC-LINUX-01", 2, "Moodle is unreachable from outside the school",
        "Students at home get a time-out; inside the school it works.",
        CRITICAL, "in_progress", 3, "mei", time=((0.75, "Reverse proxy logs read, certificate chain incomplete"),),
    ),
    Ticket(
        "NWD-SURGERY-03", 1, "Install the new imaging software in surgery 3",
        "The sensor arrives on Wednesday, the vendor will help by phone.",
        LOW, "in_progress", 31, "tom", time=((0.5, "Prerequisites installed"),),
    ),
    Ticket(
        "BNK-WS-04", 2, "Workstation freezes during rendering",
        "Renders of more than an hour stop and the fans go quiet.",
        MEDIUM, "in_progress", 13, "support", pace=2, time=((1.0, "Temperatures logged, power supply suspected"),),
    ),
    # Somebody has it, nobody has started.
    Ticket(
        "HHL-LT-05", 3, "Printer on level 17 asks for toner that is new",
        "Changed the toner this morning, the printer still shows 0 %.",
        LOW, "assigned", 4, "tom",
    ),
    Ticket(
        "SCF-TABLET-02", 2, "Tablet does not charge in truck 14",
        "The cradle light is off, with another tablet as well.",
        LOW, "assigned", 6, "mei",
    ),
    Ticket(
        "WPC-STAFF-01", 1, "Grant the new deputy principal access to payroll reports",
        "Approved by Ruth Simmons. Read only, from next week on.",
        MEDIUM, "assigned", 3, "support",
    ),
    Ticket(
        "GRI-FW-01", 1, "Guest Wi-Fi for the Marrickville terrace",
        "Customers on the terrace have no signal. Can we add an access point before summer?",
        LOW, "assigned", 9, "mei", pace=2,
    ),
    # Looked at, not yet given to anybody.
    Ticket(
        "HHL-DC-02", 2, "Domain controller reports replication errors",
        "Monitoring: “The source server is currently rejecting replication requests” on HHL-DC-02.",
        HIGH, "triage", 1.5,
    ),
    Ticket(
        "BNK-MAC-02", 1, "Request for a large-format plotter driver",
        "The plotter from the hire company arrives on Friday.",
        LOW, "triage", 3,
    ),
    # New.
    Ticket(
        "NWD-SURGERY-02", 1, "Patient reminder texts were not sent yesterday",
        "None of tomorrow's patients got the reminder. Please have a look before we have to call them all.",
        HIGH, "request", 1,
    ),
    Ticket(
        "SCF-DISPATCH-03", 2, "New starter on Monday needs a dispatch login",
        "Name is Jarrah Wilson, night shift, same rights as the other dispatchers.",
        MEDIUM, "request", 0.6,
    ),
    Ticket(
        "WPC-STAFF-03", 2, "Suspicious e-mail with an invoice attached",
        "Two teachers received it. Nobody has opened the attachment, we think.",
        HIGH, "request", 0.3,
    ),
    Ticket(
        "GRI-POS-01", 1, "Receipt logo prints as black box",
        "Since the menu update. Not urgent, but it looks bad.",
        LOW, "request", 2.2,
    ),
)
