"""The simulator's remote control, for whoever runs it as a program.

GET    /control/calls          the record of calls      DELETE forgets it
POST   /control/faults         {route, faults: [{kind, …} or null], times, skip}      DELETE clears the script
POST   /control/pulseway/organizations | devices | notifications      one object or a list of them
POST   /control/pulseway/fleet {devices, organizations}
POST   /control/pulseway/deliver {a notification}: posts it to the webhooks that are registered
POST   /control/rocketcyber/incidents | resolve {id}
PUT    /control/settings       {creates_organizations, shows_maintenance_in_list, clock_skew, answers_other_ids}
"""

from .answers import Answer
from .faults import Fault


def handle(simulator, request):
    parts = request.path.strip("/").split("/")[1:]
    try:
        return _route(simulator, request.method, parts, request.json)
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        return Answer(400, {"error": f"{type(error).__name__}: {error}"})


def _route(simulator, method, parts, data):
    rocketcyber = simulator.rocketcyber
    match method, parts:
        case "GET", ["calls"]:
            return Answer(200, {"calls": [call.as_dict() for call in simulator.find_calls()]})
        case "DELETE", ["calls"]:
            simulator.forget_calls()
        case "POST", ["faults"]:
            faults = [fault and Fault(**fault) for fault in data["faults"]]
            simulator.fail(data["route"], *faults, times=data.get("times", 1), skip=data.get("skip", 0))
        case "DELETE", ["faults"]:
            simulator.script.clear()
        case "PUT", ["settings"]:
            _change_settings(simulator, data)
        case "POST", ["pulseway", what]:
            return _tell_pulseway(simulator.pulseway, what, data)
        case "POST", ["rocketcyber", "incidents"]:
            return _make(data, lambda row: rocketcyber.add_incident(**row))
        case "POST", ["rocketcyber", "resolve"]:
            return Answer(200, rocketcyber.resolve(data["id"]))
        case _:
            return Answer(404, {"error": "There is no such control."})
    return Answer(204)


def _tell_pulseway(pulseway, what, data):
    match what:
        case "organizations":
            return _make(data, lambda row: pulseway.add_organization(**row))
        case "devices":
            return _make(data, lambda row: pulseway.add_device(**row))
        case "notifications":
            return _make(data, lambda row: pulseway.add_notification(**row))
        case "fleet":
            return Answer(201, {"made": pulseway.add_fleet(**data)})
        case "deliver":
            return Answer(200, {"statuses": pulseway.deliver(data)})
    return Answer(404, {"error": "There is no such control."})


def _make(data, make):
    rows = data if isinstance(data, list) else [data]
    return Answer(201, {"made": [make(row) for row in rows]})


def _change_settings(simulator, data):
    for name, value in data.items():
        holders = [vendor for vendor in (simulator.pulseway, simulator.rocketcyber) if hasattr(vendor, name)]
        if not holders or name.startswith("_"):
            raise ValueError(f"there is no setting '{name}'")
        for holder in holders:
            setattr(holder, name, value)
