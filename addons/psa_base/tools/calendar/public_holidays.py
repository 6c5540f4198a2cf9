"""Public holidays of a country or state, from the library `holidays`: which days, and from which hour.

There is no Odoo in here.
"""

import re
from dataclasses import dataclass
from datetime import date

import holidays

_FROM_HOUR = re.compile(r"\(from (\d{1,2})(am|pm)\)")


class UnknownRegion(LookupError):
    """The library knows no public holidays of this country or state."""


@dataclass(frozen=True)
class PublicHoliday:
    """A holiday: the whole day, or from an hour of the evening. Without an hour, nobody knows which part of the day."""

    date: date
    name: str
    is_partial: bool = False
    from_hour: int | None = 0


def get_public_holidays(country, subdivision, years):
    """The holidays of these years in order, with those that last a part of the day."""
    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known or (subdivision and subdivision not in known[country]):
        raise UnknownRegion(f"{country} {subdivision or ''}".strip())
    source = getattr(holidays, country)
    whole = holidays.country_holidays(country, subdiv=subdivision or None, years=years)
    found = [PublicHoliday(day, name) for day, name in whole.items()]
    if holidays.HALF_DAY in source.supported_categories:
        parts = holidays.country_holidays(
            country, subdiv=subdivision or None, years=years, categories=(holidays.HALF_DAY,)
        )
        found += [
            PublicHoliday(day, name, is_partial=True, from_hour=_read_hour(name))
            for day, name in parts.items()
            if day not in whole
        ]
    return sorted((holiday for holiday in found if holiday.date.year in years), key=lambda holiday: holiday.date)


def _read_hour(name):
    """The hour from the name of the day: the library has it nowhere else, as in "Christmas Eve (from 7pm)"."""
    match = _FROM_HOUR.search(name)
    return int(match[1]) % 12 + 12 * (match[2] == "pm") if match else None
