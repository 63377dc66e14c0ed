"""When a statement was made: the article's date, moved by what the sentence says."""

from __future__ import annotations

import re
from datetime import date, timedelta

from stance.extraction.lexicon import MONTHS, WEEKDAYS

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = "|".join(WEEKDAYS)
_MONTH_FIRST = re.compile(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:)(?:,? (\d{{4}}))?", re.I | re.A)
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b\.?(?:,? (\d{{4}}))?", re.I | re.A)
_MONTH_ONLY = re.compile(
    rf"\b(?:in|since|during|last|as)(?: (?:early|late|mid|late as))?[ -]({_MONTH})\b\.?(?! \d{{1,2}}\b)"
    r"(?: (?:of )?(last year|\d{4}))?",
    re.I | re.A,
)
_YEAR_ONLY = re.compile(r"\b(?:in|back in|during)(?: (?:early|late|mid))?[ -]((?:19|20)\d\d)\b", re.I | re.A)
_WEEKDAY = re.compile(rf"\b({_DAY})\b(?!['’])", re.I | re.A)
_RELATIVE = re.compile(
    r"\b(yesterday|last (?:week|month|year|spring|summer|autumn|winter)|earlier this (?:week|month|year)"
    r"|a (?:week|month|year) ago|(?:two|three) (?:days|weeks|months|years) ago)\b",
    re.I,
)
_NUMBER = {"a": 1, "two": 2, "three": 3}


def known_part(iso: str) -> tuple[int, int, int] | None:
    """Year, month, day of an ISO date (0 where not given); None for anything else."""
    match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:[T ].*)?", iso.strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if month > 12 or day > 31:
        return None
    return year, month, day


def _exact(parts: tuple[int, int, int]) -> date | None:
    try:
        return date(*parts)
    except ValueError:
        return None


def statement_date(clause: str, article_date: str) -> str:
    """ISO date of a statement, as exact as its attributing words and the article's date allow.

    `clause` holds the words around the attribution and the adverbials before it, not what is said.
    Empty where nothing is known.
    """
    known = known_part(article_date)
    today = _exact(known) if known else None
    for pattern, month_at, day_at in ((_MONTH_FIRST, 1, 2), (_DAY_FIRST, 2, 1)):
        match = pattern.search(clause)
        if match is not None:
            found = _day(match.group(3), MONTHS[match.group(month_at).lower()], int(match.group(day_at)), known, today)
            if found:
                return found
    match = _MONTH_ONLY.search(clause)
    if match is not None and not _is_modal_may(match):
        month = MONTHS[match.group(1).lower()]
        year = match.group(2)
        if year and year.isdigit():
            return f"{year}-{month:02d}"
        if known:
            last = known[0] - (1 if year or (known[1] and month > known[1]) else 0)
            return f"{last}-{month:02d}"
    match = _YEAR_ONLY.search(clause)
    if match is not None:
        return match.group(1)
    match = _RELATIVE.search(clause)
    if match is not None and known:
        return _relative(match.group(1).lower(), known, today) or article_date
    match = _WEEKDAY.search(clause)
    if match is not None and today is not None:
        back = (today.weekday() - WEEKDAYS[match.group(1).lower()]) % 7
        return (today - timedelta(days=back)).isoformat()
    return article_date if known else ""


def _is_modal_may(match: re.Match[str]) -> bool:
    return match.group(1) == "may"


def _day(year: str | None, month: int, day: int, known: tuple[int, int, int] | None, today: date | None) -> str:
    if year:
        exact = _exact((int(year), month, day))
        return exact.isoformat() if exact else ""
    if known is None:
        return ""
    exact = _exact((known[0], month, day))
    if exact is None:
        return ""
    if today is not None and exact > today:
        earlier = _exact((known[0] - 1, month, day))
        return earlier.isoformat() if earlier and (exact - today).days > 60 else ""
    return exact.isoformat()


def _relative(words: str, known: tuple[int, int, int], today: date | None) -> str:
    year, month, _ = known
    if words == "last year" or words.startswith("a year ago"):
        return str(year - 1)
    if words.endswith("years ago"):
        return str(year - _NUMBER[words.split()[0]])
    if words.endswith(("spring", "summer", "autumn", "winter")) or words == "earlier this year":
        return str(year)
    if not month:
        return ""
    if words in ("last month", "a month ago") or words.endswith("months ago"):
        back = _NUMBER.get(words.split()[0], 1)
        index = year * 12 + month - 1 - back
        return f"{index // 12}-{index % 12 + 1:02d}"
    if words == "earlier this month":
        return f"{year}-{month:02d}"
    if today is None:
        return ""
    if words == "yesterday":
        return (today - timedelta(days=1)).isoformat()
    if words.endswith("days ago"):
        return (today - timedelta(days=_NUMBER[words.split()[0]])).isoformat()
    if words == "earlier this week":
        return today.isoformat()[:7]
    weeks = _NUMBER.get(words.split()[0], 1)
    return (today - timedelta(weeks=weeks)).isoformat()[:7]
