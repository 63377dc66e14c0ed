"""Whom people and bodies speak for: the states and bodies an article names, and where it names them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from stance.extraction.lexicon import (
    ADVERBS,
    AUXILIARIES,
    BODY_NOUNS,
    CONNECTIVES,
    DETERMINERS,
    MEDIA_NOUNS,
    MONTHS,
    PERSON_NOUNS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
    TIME_NOUNS,
    TITLES,
    VERBS,
    WEEKDAYS,
    words,
)
from stance.extraction.naming import slug
from stance.extraction.phrases import Token, is_possessive

BACK = 1500  # characters before a speaker in which the state of an office without one is looked for
NEAR = 250  # characters before "its" in which its owner stands
LONGEST_TITLE = 500  # characters
LONGEST_NAME = 6  # words of a state's or body's name

# Offices and bodies that belong to a state, whatever its name.
STATE_OFFICES = words(
    "minister ministers ministry ministries president presidency premier chancellor government cabinet army navy"
    " police parliament senate congress embassy ambassador department king queen emir sultan admiral"
    " taoiseach kremlin vice-president vice-premier parliamentary presidential foreign defence defense interior"
    " prime state security finance lawmaker lawmakers military troops forces authorities administration consul"
    " consulate border court attaché attache general colonel"
)
_OFFICE = (
    r"(?:prime |foreign |defen[cs]e |interior |finance |deputy |vice |chief |state |press |permanent |first |new )*"
    r"(?:minister|president|government|army|navy|ministry|parliament|cabinet|king|queen|capital|presidency"
    r"|ambassador|premier|chancellor|embassy|border|secretary|delegation|negotiator|foreign)"
)
_RUN = r"[A-Z][\w\-]*\w(?: (?:of |of the |and )?[A-Z][\w\-]*\w){0,2}"
_OWNED = re.compile(rf"\b({_RUN})[’'](?:s\b)? {_OFFICE}")
_STATE_OF = re.compile(
    r"\b(?:[Gg]overnment|[Pp]resident|[Pp]residency|[Rr]epublic|[Kk]ingdom|[Pp]arliament|[Mm]inister|[Ee]mbassy|[Aa]rmy"
    rf"|capital|coast|north|south|people|citizens) of ({_RUN})"
)
_DATELINE = re.compile(
    r"^[A-ZÀ-Ž][A-ZÀ-Ž .’'\-]{2,30}, ([A-Z][\w\-]*[a-zà-ž](?: [A-Z][\w\-]*[a-zà-ž])?)(?:, [A-Z]| ?\(| [—–-])",
    re.MULTILINE,
)
_OPENS = re.compile(
    rf"(?:^|[.!?:;”\"] |\n|• )({_RUN}),? (on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[a-zà-ž]+)\b"
)  # what opens a sentence, and the word after it
_AFTER_THAT = re.compile(rf"(?:that|while|whether|if|but|because) ({_RUN}) ([a-z]+)\b")
_BESIDE = re.compile(
    rf"\b(?:in|between|and|with|from|against|to|for|of) ({_RUN})"
    r"(?=[,.;:’']|\n| (?:and|on|in|to|over|that|if|has|is|was)\b)"
)
_BEFORE_OFFICE = re.compile(
    r"\b([A-Z][\w\-]*\w(?: [A-Z][\w\-]*\w)?) (?:(?:prime|foreign|defen[cs]e|interior|finance|deputy|vice|state) )*"
    r"(minister|president|government|army|ministry|parliament|cabinet|king|presidency|ambassador|embassy|officials?"
    r"|troops|diplomats?|delegation|side|forces|border|capital|opposition|envoys?|negotiators?|lawmakers?|soldiers"
    r"|authorities|soil|territory|(?:Prime |Foreign |Defen[cs]e |Interior |Finance |Deputy |Vice )*"
    r"(?:Minister|President|Ambassador|King|Ministry))\b"
)
_TITLED = re.compile(
    r"\b(?:President|Minister|Mr|Mrs|Ms|Dr|General|Gen|Colonel|Col|Captain|Commander|Chancellor|Premier|Secretary|Judge"
    r"|Senator|Ambassador|Envoy|Governor|Mayor|Bishop|King|Queen|Prince|Admiral|Major)\.? ([A-Z][\w’'\-]*\w)\b"
    r"(?! [A-Z])"
)
_WORDS = re.compile(r"[\w\-]+(?:[’']\w*)?(?: [\w\-]+(?:[’']\w*)?)*")
_CAPITAL = re.compile(r"[A-Z][\w\-]*\w")
_BODY = re.compile(
    r"[A-Z][\w\-]*\w(?:[’']s?)?(?: (?:of the |of |for the |for |and )?[A-Z][\w\-]*\w(?:[’']s?)?(?![\w]))+"
)
_ACRONYM = re.compile(r"\s?\(([A-Z][A-Za-z\-]{1,9})\)")
_OPENING = re.compile(r"(?:\A|[.!?”\"\)]\s+|\n\W{0,3}|[—–-] )(?:The |In |For |But )?\Z")


@dataclass(frozen=True)
class Mention:
    """One place where an article names a state or a body."""

    start: int
    side: str
    is_state: bool
    opens: bool  # it opens a sentence


class Sides:
    """The states and bodies of one article."""

    def __init__(
        self,
        text: str,
        states: Collection[str],
        demonyms: Mapping[str, str],
        bodies: Mapping[str, str],
        people: Collection[str],
        known: Callable[[str], str],
    ) -> None:
        """Reads `text`, the article's opening.

        `states` are its own, `demonyms` words formed from its places, `bodies` its bodies by all their names,
        `people` its surnames as slugs; `known` gives the side of a name of the tables, or nothing.
        """
        self._known = known
        self._states = frozenset(states)
        self._people = frozenset(people)
        self._demonyms = demonyms
        self._bodies = bodies
        self._mentions = self._mentioned(text)
        self._starts = [mention.start for mention in self._mentions]

    def state(self, name: str) -> str:
        """The state a name or demonym stands for; empty where it is none."""
        name = re.sub(r"^(?:Republic|Kingdom|Emirate) of (?:the )?", "", name)
        known = self._known(name)
        if known or name in self._states:
            return known or name
        own = self._demonyms.get(name, "")
        return own if own in self._states else ""

    def body(self, name: str) -> str:
        """The fullest name the article gives a body, or the acronym that it gives for it."""
        return self._bodies.get(name, name)

    def of_phrase(self, phrase: Sequence[Token]) -> str:
        """The side a phrase names: "leader of the Civic Front", "Karsavian", "Valmont's"; empty where none.

        What "of" and "for" name goes before what stands in front of a title, that before a place ("in Osk");
        "to" and "on" name somebody else's ("ambassador to Osk").
        """
        best: tuple[int, str] | None = None
        here = 0
        while here < len(phrase):
            found = self._name_at(phrase, here) if phrase[here].is_capital else None
            if found is None:
                here += 1
                continue
            size, side = found
            rank = _rank(phrase, here)
            if rank and (best is None or rank > best[0]):
                best = rank, side
            here += size
        if best is None or best[0] < 3:
            unnamed = _common_body(phrase)
            if unnamed and (best is None or best[0] < 2):
                return unnamed
        return best[1] if best else ""

    def _name_at(self, phrase: Sequence[Token], here: int) -> tuple[int, str] | None:
        """How many tokens the state or body that begins at `here` has, and its side."""
        for size in range(min(LONGEST_NAME, len(phrase) - here), 0, -1):
            if not phrase[here + size - 1].is_capital:
                continue
            name = _bare(" ".join(token.text for token in phrase[here : here + size]))
            state = self.state(name)
            if not state and name not in self._bodies:
                continue
            if not state:
                owner = self.state(_bare(phrase[here].text))
                organ = owner and all(token.low in _OF_A_STATE for token in phrase[here + 1 : here + size])
                return size, owner if organ else self.body(name)
            following = phrase[here + size].low if here + size < len(phrase) else ""
            if following == "opposition":
                return size + 1, f"{name} opposition"
            if any(token.low == "opposition" for token in phrase):
                return size, f"{state} opposition"
            if following in _NAMED_BODIES and following != "command":
                return size + 1, f"{name} {following}"
            return size, state
        size = 0
        while here + size < len(phrase) and phrase[here + size].is_capital:
            size += 1
        following = phrase[here + size].low if here + size < len(phrase) else ""
        if size == 0 or _is_common(phrase[here].text):
            return None
        printed = " ".join(token.text for token in phrase[here : here + size])
        name = _bare(printed)
        if following in _NAMED_BODIES:
            return size + 1, f"{printed} {following}"
        if slug([name.split()[-1]]) in self._people:
            return None
        end = next((at + 1 for at in range(here, here + size) if is_possessive(phrase[at])), here)
        if end > here:
            return end - here, _bare(" ".join(token.text for token in phrase[here:end]))
        if (
            following in ("", ",")
            and any(token.low in _LEADERS for token in phrase[:here])
            and _rank(phrase, here) == 3
        ):
            return size, name
        return None

    def _mentioned(self, text: str) -> list[Mention]:
        found: list[Mention] = []
        end = 0
        for match in _CAPITAL.finditer(text):
            if match.start() < end:
                continue
            for name in _names_at(text, match.start()):
                state = self.state(name)
                body = "" if state or name not in self._bodies else self.body(name)
                if state or body:
                    before = text[max(0, match.start() - 16) : match.start()]
                    found.append(Mention(match.start(), state or body, bool(state), bool(_OPENING.search(before))))
                    end = match.start() + len(name)
                    break
        return found

    def owner(self, position: int) -> str:
        """What "its" or "their" before an office at `position` means: the side named last, where it is near."""
        at = bisect_left(self._starts, position)
        return self._mentions[at - 1].side if at and position - self._starts[at - 1] <= NEAR else ""

    def before(self, position: int, *, states_only: bool) -> str:
        """The side the text speaks of at `position`: one that opens a sentence of the paragraph, or of an earlier one.

        Empty where none does so near.
        """
        at = bisect_left(self._starts, position)
        for mention in reversed(self._mentions[max(0, at - 30) : at]):
            if position - mention.start > (BACK if states_only else BACK // 4):
                break
            if mention.opens and (mention.is_state or not states_only):
                return mention.side
        return ""


def _bare(name: str) -> str:
    return re.sub(r"(?<=[^sS])[’']s$|(?<=[sS])[’']$|(?<=[sS])[’']s$", "", name)


def _rank(phrase: Sequence[Token], here: int) -> int:
    """How surely a name at `here` says whom the head of the phrase belongs to: 3 to 1, 0 for not at all."""
    for at in range(here - 1, max(-1, here - 5), -1):
        low = phrase[at].low
        if low in _BELONGS:
            return 3
        if low in ("in", "at", "from", "with"):
            return 1
        if low in ("to", "on", "against", "by"):
            return 0
        if not phrase[at].is_word:
            break
    return 2


def _common_body(phrase: Sequence[Token]) -> str:
    """A body without a name after "of" or "for": "president of the cattle breeders' association"."""
    for at, token in enumerate(phrase[:-1]):
        if token.low not in _BELONGS:
            continue
        named = [later for later in phrase[at + 1 : at + 7] if later.low not in DETERMINERS]
        for size, word in enumerate(named, start=1):
            if word.low in _NAMED_BODIES and size > 1:
                return " ".join(part.text for part in named[:size])
            if not word.is_word or word.low in ("in", "of", "at", "to"):
                break
    return ""


def own_states(text: str, places: Iterable[str], people: Collection[str]) -> frozenset[str]:
    """Names in `text` that act as states: they own offices, give words like "Karsavian", stand in a dateline.

    `places` have such words; `people` are surnames, as slugs.
    """
    titled = titled_names(text)
    found: Counter[str] = Counter()
    for pattern, weight in ((_OWNED, 2), (_STATE_OF, 2), (_DATELINE, 2), (_BESIDE, 1)):
        for match in pattern.finditer(text):
            found[match.group(1)] += weight
    for pattern in (_OPENS, _AFTER_THAT):
        for match in pattern.finditer(text):
            after = match.group(2)
            acts = after in VERBS and VERBS[after][2] in ("s", "ed") and VERBS[after][0] not in ("say", "tell", "add")
            if " " in after or after in AUXILIARIES or acts:
                found[match.group(1)] += 2 if " " in after else 1
    for place in set(places):
        found[place] += 2
    title, newline, _ = text.partition("\n")
    title = title[:LONGEST_TITLE] if newline else ""
    for name in found:
        found[name] += name in title
    return frozenset(
        name
        for name, weight in found.items()
        if weight >= 2
        and name not in titled
        and slug([name.split()[-1]]) not in people
        and not any(_is_common(word) for word in name.split())
        and not name.isupper()
    )


def titled_names(text: str) -> frozenset[str]:
    """Names that follow a title: "President Darvan"."""
    return frozenset(match.group(1) for match in _TITLED.finditer(text))


def derived_places(text: str, known: Collection[str]) -> dict[str, str]:
    """Words before an office that read as formed from a state nobody names: "Galvian President" -> "Galvia"."""
    found = {}
    counts = Counter(_CAPITAL.findall(text))
    for match in _BEFORE_OFFICE.finditer(text):
        word = match.group(1).split()[-1]
        reads = word.endswith(("an", "ese", "ish", "i")) or (match.group(2)[0].islower() and counts[word] > 1)
        if reads and word not in known and not _is_common(word) and not word.isupper():
            found[word] = word[:-1] if re.search(r"[a-zà-ž]{3}(?<!st)an$", word) else word
    return found


def _names_at(text: str, start: int) -> list[str]:
    """Names of one to `LONGEST_NAME` words that begin at `start`, longest first."""
    pieces = _WORDS.match(text, start, start + 80)
    if pieces is None:
        return []
    parts = pieces.group().split(" ")[:LONGEST_NAME]
    return [_bare(" ".join(parts[:size])) for size in range(len(parts), 0, -1)]


def own_bodies(text: str) -> dict[str, str]:
    """Printed names of bodies, and their short forms, -> the fullest name or the acronym."""
    fullest: dict[str, str] = {}
    tails: dict[str, set[str]] = defaultdict(set)
    for match in _BODY.finditer(text):
        name = _without_head(re.sub(r"^(?:The|A|An|But|And|In|At|For|Its|Their|On) |[’']s$", "", match.group()))
        parts = [word.rstrip("’'").lower() for word in re.sub(r"[’']s\b", "", name).split()]
        if not 2 <= len(parts) <= 8 or not _NAMED_BODIES & set(parts) or parts[0] in WEEKDAYS or parts[0] in MONTHS:
            continue
        if set(parts) & _NO_BODY:
            continue
        acronym = _ACRONYM.match(text, match.end())
        canonical = acronym.group(1) if acronym else name
        fullest[name] = canonical
        if acronym:
            fullest[acronym.group(1)] = canonical
        pieces = name.split()
        head = next((at for at, word in enumerate(pieces) if word == "of"), len(pieces))
        for short in [pieces[:head], *(pieces[at:] for at in range(1, len(pieces))), pieces[:1]]:
            if short[-1].lower() in _NAMED_BODIES:
                tails[" ".join(short)].add(canonical)
    for tail, names in tails.items():
        if len(names) == 1 and fullest.get(tail, tail) == tail:
            fullest[tail] = next(iter(names))
    return fullest


def _without_head(name: str) -> str:
    """A body without the person before or after it: "Ana Bell of the Civic Front" -> "Civic Front"."""
    name = name.partition(" The ")[0]
    first = re.split(r" (?:of|for) (?:the )?", name, maxsplit=1)
    if len(first) == 2 and not _NAMED_BODIES & {word.lower() for word in first[0].split()}:
        name = first[1]
    pieces = name.split()
    nouns = [at for at, word in enumerate(pieces) if re.sub(r"[’']s?$", "", word).lower() in _NAMED_BODIES]
    if nouns and len(pieces) - nouns[-1] > 2 and pieces[nouns[-1] + 1][:1].isupper():
        return " ".join(pieces[: nouns[-1] + 1])
    return name


_OF_A_STATE = STATE_OFFICES | words("council national security general staff supreme guardian guard board")
_BELONGS = words("of for leads heads chairs commands represents")
_LEADERS = words(
    "president minister governor mayor king queen emir sultan leader leaders chairman chairwoman chair chief head"
    " ambassador premier chancellor speaker representative"
)
_NO_BODY = words(
    "minister president spokesman spokeswoman secretary ambassador general colonel ministry government said chairman"
    " chairwoman leader director mr mrs ms"
)
_NAMED_BODIES = (
    BODY_NOUNS
    - STATE_OFFICES
    - PERSON_NOUNS
    - MEDIA_NOUNS
    - words("state states kremlin capital house office region country countries city nation province village district")
    - words("radio television broadcaster newspaper paper bulletin statement letter communique declaration side sides")
    - words("staff team campaign mission")
) | words("compact pact nations concert community coordination collective")


def _is_common(word: str) -> bool:
    return word.lower() in _COMMON


_COMMON = (
    TITLES
    | frozenset(WEEKDAYS)
    | frozenset(MONTHS)
    | BODY_NOUNS
    | PERSON_NOUNS
    | MEDIA_NOUNS
    | DETERMINERS
    | PRONOUNS
    | PREPOSITIONS
    | SUBORDINATORS
    | CONNECTIVES
    | ADVERBS
    | TIME_NOUNS
    | RELATIVES
    | frozenset(VERBS)
    | words("what why how talks negotiations")
) - {"union"}
