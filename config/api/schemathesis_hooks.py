"""What schemathesis cannot know of the API: what is there, what a phone number is, and which refusals are in order."""

import json
import os
import zlib

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

# Name of a path's parameter -> values that lead to something.
KNOWN = json.loads(os.environ.get("PSA_API_KNOWN", "{}"))

# A schema does not say these of a value: codes of errors that may come for what is in order by its schema.
MEANINGS = {
    "ambiguous_asset",
    "cursor",
    "email",
    "file_type",
    "filename",
    "moment",
    "phone",
    "unknown_asset",
    "unreadable",
}

schemathesis.openapi.format("phone", st.sampled_from(["02 5550 2101", "+61 2 9374 4000", "(08) 8374 4000"]))
schemathesis.openapi.format("email", st.from_regex(r"[a-z]{1,20}(\.[a-z]{1,20})?@[a-z]{1,20}\.example", fullmatch=True))


@schemathesis.hook
def before_call(context, case, kwargs):
    _lead_to_what_is_there(case)
    # links between operations may put a number where a header belongs, which no client could send
    for name, value in list((case.headers or {}).items()):
        if not isinstance(value, str | bytes):
            case.headers[name] = str(value)


def _lead_to_what_is_there(case):
    """Three of four addresses, where their own parts are in order; else all that is asked for is not there."""
    path = case.meta and case.meta.components.get(ParameterLocation.PATH)
    is_followed = case.meta is None or case.meta.phase.name == TestPhase.STATEFUL
    if not path or not path.mode.is_positive or is_followed:
        return
    for name, values in KNOWN.items():
        if values and name in case.path_parameters and zlib.crc32(repr(case.path_parameters[name]).encode()) % 4:
            case.path_parameters[name] = values[zlib.crc32(case.id.encode()) % len(values)]


@schemathesis.check
def refusal_is_for_what_it_means(ctx, response, case):
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    if response.status_code != 422 or not is_positive:
        return
    errors = response.json().get("errors", [])
    assert {error["code"] for error in errors} <= MEANINGS, f"refused, although its schema allows it: {errors}"


@schemathesis.check
def problem_is_a_problem(ctx, response, case):
    """Whatever goes wrong is told in one form, and tells nothing of what is inside."""
    if response.status_code < 400:
        return
    media_type = response.headers["content-type"][0]
    assert media_type == "application/problem+json", f"an error came as {media_type}"
    problem = response.json()
    assert problem["status"] == response.status_code
    # what is said of it; names and addresses are the sender's own words
    told = " ".join([problem["detail"], *(error["message"] for error in problem["errors"])])
    assert "Traceback" not in told
    assert "psycopg2" not in told
