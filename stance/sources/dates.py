"""Dates as the codebook has them: ISO 8601, as exact as known."""

from __future__ import annotations

import re
from datetime import date

DATE_FORMS = ("YYYY", "YYYY-MM", "YYYY-MM-DD")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ]\d{2}.*)?)?)?", re.ASCII)


def iso_date(value: str) -> str | None:
    """`value` as a year, month or day; a timestamp is cut to its day, nothing stays nothing.

    Returns None where it is no such date.
    """
    value = value.strip()
    if not value:
        return ""
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, day) if part)
