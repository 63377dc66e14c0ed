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
_NUMBERS = "a|two|three|four|five|six|seven|eight|nine|ten"
_RELATIVE = re.compile(
    r"\b(yesterday|last (?:week|month|year|spring|summer|autumn|winter)|earlier this (?:week|month|year)"
    rf"|(?:{_NUMBERS}) (?:days?|weeks?|months?|years?) (?:ago|earlier))\b",
    re.I,
)
PRINTED_WITHIN = 700  # characters of an article in which its own date is printed
SHORT_LINE = 120  # characters; a date in a longer line counts only at its beginning, as in a dateline
_PRINTED = re.compile(
    rf"\b(?:(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d)"
    rf"|(?P<month>{_MONTH})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month2>{_MONTH})\.?,? (?P<year2>\d{{4}})"
    r"|(?P<d3>\d{1,2})\.(?P<m3>\d{1,2})\.(?P<y3>\d{4}))\b",
    re.I | re.A,
)
_NUMBER = dict(zip(_NUMBERS.split("|"), range(1, 11), strict=True)) | {"an": 1}
_SEASON = re.compile(r"\b(?:spring|summer|autumn|fall|winter|beginning|end|start) of ((?:19|20)\d\d)\b", re.I | re.A)
_ASIDE = re.compile(r" , (?:who|which|whose|whom|where|when|on \w+ since) [^,]*(?:,|$)")
_OTHER_TIME = re.compile(rf"\b(?:since|until|till|by|from|before|after) (?=(?:{_MONTH}|{_DAY}|\d))", re.I)


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

    A time without a year ("on Jan. 28", "on Friday", "last week") needs the article's.

    `clause` holds the words around the attribution and the adverbials before it, not what is said.
    Empty where nothing is known.
    """
    known = known_part(article_date)
    today = _exact(known) if known else None
    article_date = "-".join(f"{part:02d}" for part in known if part) if known else ""
    clause = _OTHER_TIME.sub("@ @", _ASIDE.sub(" , ", clause))
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
    match = _YEAR_ONLY.search(clause) or _SEASON.search(clause)
    if match is not None:
        return match.group(1)
    match = _RELATIVE.search(clause)
    if match is not None and known:
        return _relative(match.group(1).lower(), known, today) or article_date
    match = _WEEKDAY.search(clause)
    if match is not None and today is not None:
        back = (today.weekday() - WEEKDAYS[match.group(1).lower()]) % 7
        return (today - timedelta(days=back)).isoformat()
    return article_date


def printed_date(text: str) -> str:
    """The date an article prints of itself, in its dateline or on a line near its top; empty without a year."""
    for match in _PRINTED.finditer(text, 0, PRINTED_WITHIN):
        begin = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end(), begin + SHORT_LINE + 1)
        if match.start() - begin > SHORT_LINE // 2 and end == -1 and len(text) - begin > SHORT_LINE:
            continue
        part = match.groupdict()
        name = part["month"] or part["month2"]
        month = MONTHS[name.lower()] if name else int(part["m"] or part["m3"])
        year = part["y"] or part["year"] or part["year2"] or part["y3"]
        found = _exact((int(year), month, int(part["d"] or part["day"] or part["day2"] or part["d3"])))
        if found is not None:
            return found.isoformat()
    return ""


_LEADING = re.compile(
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? )?(?:{_MONTH})\.?(?: \d{{1,2}},)? \d{{4}}(?=\s?[:—–-])|\d{{4}}(?=\s?[:—–] )",
    re.I | re.A,
)


def leading_date(text: str) -> str:
    """The date, with its year, that heads an entry of a chronicle ("June 2027 — ..."), as "in June 2027"."""
    match = _LEADING.match(text)
    return f"in {match.group()} ," if match else ""


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
    back = _NUMBER.get(words.split()[0], 1)
    unit = words.removesuffix(" ago").removesuffix(" earlier").rstrip("s").rpartition(" ")[2]
    if unit == "year" and not words.startswith("earlier"):
        return str(year - back)
    if words.endswith(("spring", "summer", "autumn", "winter")) or words == "earlier this year":
        return str(year)
    if not month:
        return ""
    if unit == "month" and not words.startswith("earlier"):
        index = year * 12 + month - 1 - back
        return f"{index // 12}-{index % 12 + 1:02d}"
    if words == "earlier this month":
        return f"{year}-{month:02d}"
    if today is None:
        return ""
    if words == "yesterday":
        return (today - timedelta(days=1)).isoformat()
    if unit == "day":
        return (today - timedelta(days=back)).isoformat()
    if words == "earlier this week":
        return today.isoformat()[:7]
    return (today - timedelta(weeks=back)).isoformat()[:7]
