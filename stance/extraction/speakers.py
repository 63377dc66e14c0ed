"""Who a printed speaker is: names with titles, pronouns, short forms, offices and capitals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from stance.extraction.actors import head_of
from stance.extraction.lexicon import (
    AUXILIARIES,
    BODY_NOUNS,
    DETERMINERS,
    MEDIA_NOUNS,
    MONTHS,
    PARTICLES,
    PERSON_NOUNS,
    PERSON_PRONOUNS,
    POSSESSIVE_PRONOUNS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    TITLES,
    VERBS,
    WEEKDAYS,
    words,
)
from stance.extraction.local import ENOUGH, Local
from stance.extraction.naming import Places, SpeakerTable, slug
from stance.extraction.phrases import Token, is_possessive, tokenize
from stance.extraction.sides import STATE_OFFICES, Sides
from stance.schema import Span

REMEMBERED = 100  # speakers a pronoun or "the minister" can still mean
INTRODUCED = 20_000  # characters in which people are introduced
LONGEST_ACRONYM = 5  # letters; longer words in capitals are surnames in a transcript
MENTIONS = 5  # mentions of a person that are read for whom they speak for
BEFORE_NAME, AFTER_NAME = 80, 120  # characters around a name that are read for it
NAMESAKES = 20  # people of one surname, or of the same initials, that are told apart
_FEMALE = words(
    "mrs ms miss madam queen princess spokeswoman chairwoman lady dame congresswoman sheikha mother"
    " sister daughter widow wife businesswoman headwoman baroness duchess nun"
)
_MALE = words(
    "mr king prince spokesman chairman sir lord congressman sheikh father brother son husband bishop"
    " imam fisherman businessman archbishop cardinal pope baron duke monk headman"
)
_TITLE_WORDS = TITLES | PERSON_NOUNS | {"el", "hadj"}


@dataclass(eq=False)
class Entity:
    """A speaker met in one article."""

    speaker_id: str
    side: str
    name: tuple[str, ...] = ()  # of a person; empty for offices and unnamed sources
    roles: set[str] = field(default_factory=set)
    gender: str = ""  # "f", "m" or unknown
    kind: str = "person"  # or "body", "source"


class Roster:
    """The speakers of one article, in the order they were last mentioned."""

    def __init__(
        self,
        table: SpeakerTable,
        places: Places,
        local: Local,
        text: str,
    ) -> None:
        self._text = text
        self._table = table
        self._places = places
        self._sides = Sides(
            text[:ENOUGH], local.states, local.demonyms, local.bodies, local.full_names, self._known_side
        )
        self._full_names = local.full_names
        self._recent: list[Entity] = []  # latest last
        self._by_name: dict[str, Entity] = {}
        self._by_surname: dict[str, list[Entity]] = {}
        self._by_first: dict[str, list[Entity]] = {}
        self._by_initials: dict[str, list[Entity]] = {}

    def resolve(self, tokens: Sequence[Token], first: int, last: int) -> Entity | None:
        """The entity a printed phrase stands for; None for a pronoun or short form nobody answers to."""
        entity = self._resolve(tokens, first, last)
        if entity is not None and not entity.side and entity.name:
            described = _described(tokens, last)
            entity.roles |= {token.low for token in described if token.low in PERSON_NOUNS}
            named = "" if entity.roles & _PRIVATE else self._side(described)
            entity.side = named or self._introduced(entity)
            if not entity.side:
                entity.side = self._implied(entity.roles, tokens[first].start)
        return entity

    def _introduced(self, entity: Entity) -> str:
        """The side the text gives a person wherever it names them; takes their roles from there too."""
        for name in dict.fromkeys((" ".join(entity.name), entity.name[-1])):
            at = -1
            for _ in range(MENTIONS):
                at = self._text.find(name, at + 1, INTRODUCED)
                if at == -1:
                    break
                if name != entity.name[0] and self._text.endswith(f"{entity.name[0]} ", max(0, at - 30), at):
                    continue  # the full name once more
                around = self._around(at, at + len(name))
                entity.roles |= {token.low for token in around if token.low in PERSON_NOUNS}
                side = self._side(around) if entity.roles.isdisjoint(_PRIVATE) else ""
                if side:
                    return side
        return ""

    def _around(self, start: int, end: int) -> list[Token]:
        """What is printed before a name as part of it, and its apposition."""
        begin = max(0, start - BEFORE_NAME)
        cuts = [at for at in range(begin, start) if self._text[at] in '.,;:\n“”"']
        before = tokenize(self._text, Span(cuts[-1] + 1 if cuts else begin, start), [])
        if not before and cuts and self._text[cuts[-1]] == ",":  # "Veltria's foreign minister, Ilya Dorn"
            office = tokenize(self._text, Span(cuts[-2] + 1 if len(cuts) > 1 else begin, cuts[-1]), [])
            before = office if office and office[-1].low in PERSON_NOUNS else []
        first = len(before)
        while first and before[first - 1].is_word and not _ends_before(before[first - 1]):
            first -= 1
        after = _APPOSED.match(self._text, end, end + AFTER_NAME)
        apposed = tokenize(self._text, Span(*after.span(1)), []) if after else []
        return [*before[first:], Token(",", ",", start, end), *apposed]

    def _implied(self, roles: set[str], position: int) -> str:
        """The state or body an office without a name must belong to: the one the text spoke of last."""
        if roles & _PRIVATE:
            return ""
        if roles & STATE_OFFICES:
            return self._sides.before(position, states_only=True)
        return self._sides.before(position, states_only=False) if roles & _FOR_OTHERS else ""

    def _resolve(self, tokens: Sequence[Token], first: int, last: int) -> Entity | None:
        words = tokens[first:last]
        if not words:
            return None
        low = words[0].low
        if low in PRONOUNS and len(words) == 1:
            return self._touch(self._pronoun(low))
        name, at = person_name(tokens, first, last)
        roles = {token.low for token in words if token.low in PERSON_NOUNS or token.low in TITLES}
        bare = low == "the" and last - first == len(name) + 1  # "the Loyalist Rally"
        if name and not bare and (last - first > 1 or self._is_person(name)):
            start = next(here for here in range(at[1] - len(name), -1, -1) if tokens[here].text == name[0])
            return self._touch(self._person(name, [*tokens[first:start], *tokens[at[1] : last]], roles))
        head = tokens[head_of(tokens, first, last)].low
        definite = low in ("the", "this", "that", "same", "his", "her", "its", "their") or low in TITLES
        body = head in BODY_NOUNS and head not in PERSON_NOUNS
        if head in PERSON_NOUNS and not body:
            return self._touch(self._role(words, head, definite))
        return self._touch(self._body(words, head, definite))

    def _is_person(self, name: tuple[str, ...]) -> bool:
        """Whether a bare word is a surname of this article or of the table, not a state or a body."""
        return (
            slug(name) in self._full_names
            or self._known_person(name, set(), "") is not None
            or "_" in getattr(self._table.exact(name), "speaker_id", "")
        )

    def _touch(self, entity: Entity | None) -> Entity | None:
        if entity is not None:
            if entity in self._recent:
                self._recent.remove(entity)
            self._recent.append(entity)
            del self._recent[:-REMEMBERED]
            if entity.name:
                self._remember(entity)
        return entity

    def _pronoun(self, low: str) -> Entity | None:
        kinds = ("person", "source") if low in ("he", "she", "i") else ("body", "source", "person")
        gender = {"he": "m", "she": "f"}.get(low, "")
        for kind in (kinds,) if low in PERSON_PRONOUNS else (("body",), kinds):
            for entity in reversed(self._recent):
                if entity.kind in kind and (not gender or entity.gender in ("", gender)):
                    if gender:
                        entity.gender = gender
                    return entity
        return None

    def _person(self, name: tuple[str, ...], words: Sequence[Token], roles: set[str]) -> Entity:
        """The person of a name; `words` are those printed around it."""
        gender = "f" if roles & _FEMALE else "m" if roles & _MALE else ""
        entity = self._known_person(name, roles, gender)
        if entity is None and len(name) == 1:
            name = self._full_names.get(slug(name), name)
            entity = self._known_person(name, roles, gender) if len(name) > 1 else None
        if entity is None:
            row = self._table.exact(name) or self._table.alike(name)
            side = row.side if row else self._side(words)
            entity = next((e for e in self._recent if row and e.name and e.speaker_id == row.speaker_id), None)
            if entity is None:
                entity = Entity(row.speaker_id if row else slug(name), side, name, set(), gender)
        entity.roles |= roles
        entity.gender = entity.gender or gender
        if not entity.side:
            entity.side = self._side(words)
        if len(name) > len(entity.name):
            entity.name = name
        return entity

    def _known_person(self, name: tuple[str, ...], roles: set[str], gender: str) -> Entity | None:
        """The person of this article a name stands for: by the same name, a surname, or another spelling."""
        key = slug(name)
        same = self._by_name.get(key)
        if same is not None:
            return same
        surname = key.rpartition("_")[2] if len(name) > 1 else key
        if len(name) == 1:
            alike = self._by_surname.get(surname) or self._by_first.get(surname) or []
            fitting = [e for e in reversed(alike) if not (gender and e.gender and e.gender != gender)]
            with_role = [e for e in fitting if roles & e.roles]
            return next(iter(with_role or fitting), None)
        for entity in self._by_surname.get(surname, ()):
            if len(entity.name) == 1 and not (gender and entity.gender and gender != entity.gender):
                return entity
        for entity in self._by_initials.get(_initials(name), ()):
            if len(entity.name) > 1 and _same_full_name(entity.name, name):
                return entity
        return None

    def _remember(self, entity: Entity) -> None:
        """Index a person by name; the last one indexed under a surname is asked first."""
        key = slug(entity.name)
        self._by_name[key] = entity
        for index, at in (
            (self._by_surname, key.rpartition("_")[2] if len(entity.name) > 1 else key),
            (self._by_first, slug(entity.name[:1])),
            (self._by_initials, _initials(entity.name)),
        ):
            known = index.setdefault(at, [])
            if entity in known:
                known.remove(entity)
            known.append(entity)
            del known[:-NAMESAKES]

    def _role(self, words: Sequence[Token], head: str, definite: bool) -> Entity | None:
        """ "the minister", "a senior official", "the same diplomat", "his spokesman"."""
        own = {token.low for token in words if token.low in PERSON_NOUNS or token.low in TITLES}
        side = self._side(words)
        if definite and words[0].low not in POSSESSIVE_PRONOUNS:
            for entity in reversed(self._recent):
                if (
                    entity.kind in ("person", "source")
                    and head in entity.roles
                    and (not side or not entity.side or side == entity.side)
                ) and (len(words) <= 3 or own <= entity.roles):
                    return entity
        if definite and len(words) == 2 and words[0].low == "the":
            gender = "f" if head in _FEMALE else "m" if head in _MALE else ""
            for entity in reversed(self._recent):
                if (
                    entity.kind == "person"
                    and entity.roles & _synonyms(head)
                    and entity.gender in ("", gender or entity.gender)
                ):
                    return entity
        side = side or self._implied(own | {head}, words[0].start)
        name = [token.text for token in words if token.low not in DETERMINERS and token.is_word][:6]
        if words[0].low in POSSESSIVE_PRONOUNS and self._recent:
            name = [self._recent[-1].speaker_id, *name]
        return Entity(
            slug(name),
            side,
            (),
            own | {head},
            "f" if head in _FEMALE else "m" if head in _MALE else "",
            "source",
        )

    def _body(self, words: Sequence[Token], head: str, definite: bool) -> Entity | None:
        core = [token for token in words if token.is_word and token.low not in DETERMINERS]
        if not core:
            return None
        row = self._table.exact([token.text for token in core])
        key = row.speaker_id if row else slug([token.text for token in core])
        for entity in reversed(self._recent):
            if entity.speaker_id == key:
                return entity
        if definite and len(core) == 1:
            for entity in reversed(self._recent):
                if entity.kind == "body" and head in entity.roles:
                    return entity
        side = row.side if row else self._body_side(words, core, head)
        if words[0].low in POSSESSIVE_PRONOUNS and self._recent:
            key = f"{self._recent[-1].speaker_id}_{key}"
        return Entity(key, side, (), {head, *(token.low for token in core)}, "", "body")

    def _body_side(self, words: Sequence[Token], core: Sequence[Token], head: str) -> str:
        """Whom a body speaks for: its state, the body it is part of, or itself."""
        side = self._side(words)
        if side:
            return side
        lows = {token.low for token in core}
        if lows & STATE_OFFICES or head in _OF_A_STATE:
            return self._sides.before(words[0].start, states_only=True)
        if head in MEDIA_NOUNS:
            return ""
        if len(core) == 1 and not core[0].is_capital:
            return self._sides.before(words[0].start, states_only=False)
        shouted = core[0].text.isupper() and len(core[0].text) > LONGEST_ACRONYM
        if len(core) == 1 and core[0].low not in BODY_NOUNS and (words[0].low != "the" or shouted):
            return self._introduced(Entity("", "", (core[0].text,)))
        end = next((at for at, token in enumerate(core) if at and token.low in PREPOSITIONS - {"of", "for"}), len(core))
        named = all(token.is_capital or token.low in PREPOSITIONS for token in core[:end])
        if end > 5 or not (named or core[end - 1].low in BODY_NOUNS):
            return ""
        printed = self._text[core[0].start : core[end - 1].end]  # with its commas and articles
        return "" if "\n" in printed or "," in printed else self._sides.body(printed)

    def _side(self, words: Sequence[Token]) -> str:
        """The state or body a phrase names: "Karsavia's", "Karsavian", "... of Karsavia"; empty if none."""
        if not words:
            return ""
        named = self._sides.of_phrase(words)
        if named:
            return named
        if words[0].low in ("his", "her", "my", "your"):
            return self._recent[-1].side if self._recent else ""
        if words[0].low in ("its", "their"):
            return self._sides.owner(words[0].start)
        for at, token in enumerate(words[:-1]):
            if is_possessive(token) and token.is_capital:
                name = tuple(part.text for part in words[max(0, at - 1) : at + 1] if part.is_capital)
                owner = self._known_person((*name[:-1], re.sub(r"[’']s?$", "", name[-1])), set(), "")
                owner = owner or self._known_person((re.sub(r"[’']s?$", "", token.text),), set(), "")
                if owner is not None:
                    return owner.side
        return ""

    def _known_side(self, name: str) -> str:
        """The side of a name of the tables, person, body, state, capital or demonym."""
        row = self._table.exact([name])
        return self._places.side(name) or (row.side if row else "")


_OF_A_STATE = words("ministry ministries government presidency cabinet department embassy army police court office")
_APPOSED = re.compile(r"(?: ?\(|,\s|\n| (?=of|for|from|at))([^.,;:()\n“”\"]{0,80})")
_PRIVATE = words(
    "analyst analysts expert experts professor economist historian scholar researcher teacher nurse doctor farmer"
    " resident residents villager mother father sister brother son daughter widow wife husband survivor writer"
    " journalist columnist sociologist academic poet author baker shopkeeper driver student"
)
_FOR_OTHERS = words(
    "spokesman spokeswoman spokesperson leader commander negotiator delegate delegation secretary chairman chairwoman"
    " chair chief official officials diplomat diplomats aide adviser advisor coordinator director representative envoy"
    " deputy head founder treasurer officer counsel lawyer"
)


def _ends_before(token: Token) -> bool:
    """Whether a word before a name belongs to something else than the name's title."""
    low = token.low
    return (
        (low in VERBS and not token.is_capital and low not in TITLES)
        or low in AUXILIARIES
        or low in RELATIVES
        or (low in PREPOSITIONS and low not in ("of", "for"))
    )


def _described(tokens: Sequence[Token], last: int) -> list[Token]:
    """The apposition after a printed name: ", leader of the National Accord party"."""
    if last + 1 >= len(tokens) or tokens[last].low != ",":
        return []
    found = []
    for token in tokens[last + 1 : last + 14]:
        if not token.is_word or (token.low in VERBS and VERBS[token.low][1] == "say"):
            break
        found.append(token)
    return found


def _synonyms(head: str) -> set[str]:
    return {
        "leader": {"president", "premier", "chancellor", "chairman"},
        "premier": {"prime"},
        "aide": {"adviser", "aide"},
    }.get(head, {head})


def _initials(name: tuple[str, ...]) -> str:
    return slug(name[:1])[:1] + slug(name[-1:])[:1]


def _same_full_name(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two full names are spellings of one; first names must be alike too."""
    if slug([one[-1]]) == slug([other[-1]]) and slug([one[0]]) == slug([other[0]]):
        return True
    return (
        fuzz.ratio(slug(one), slug(other)) >= 92
        and fuzz.ratio(slug([one[0]]), slug([other[0]])) >= 80
        and slug([one[0]])[:1] == slug([other[0]])[:1]
    )


def person_name(tokens: Sequence[Token], first: int, last: int) -> tuple[tuple[str, ...], tuple[int, int]]:
    """The personal name in a printed speaker, without titles, and its place in tokens; empty if none."""
    here = first
    while here < last:
        if not _is_name_part(tokens, here, first):
            here += 1
            continue
        end = here
        while end < last and (
            _is_name_part(tokens, end, first)
            or (tokens[end].low in PARTICLES and end + 1 < last and tokens[end + 1].is_capital)
            or tokens[end].low == "."
        ):
            if end > here and tokens[end - 1].low == ",":
                break
            end += 1
            if is_possessive(tokens[end - 1]):
                break
        name, titled = _strip_titles(tokens, here, end, first)
        following = tokens[end].low if end < last else ""
        modifier = (
            bool(following) and following[0].isalpha() and following not in PREPOSITIONS and following not in RELATIVES
        )
        if here > first and tokens[here - 1].low in ("of", "in", "at", "from", "to", "for", "on", "with"):
            name = name if titled else []
        if name and not modifier and not is_possessive(tokens[end - 1]):
            low = name[-1].low
            body = any(token.low in BODY_NOUNS for token in name) or low in MEDIA_NOUNS
            preceded = here > first and tokens[here - 1].low in PERSON_NOUNS
            if (
                not body
                and (
                    len([t for t in name if len(t.text) > 1]) >= 2
                    or titled
                    or preceded
                    or (here == first and len(name) == 1 and last - first == 1)
                )
                and low not in MONTHS
                and low not in WEEKDAYS
            ):
                return tuple(token.text for token in name), (here, end)
        here = max(end, here + 1)
    return (), (first, first)


def _is_name_part(tokens: Sequence[Token], at: int, first: int) -> bool:
    token = tokens[at]
    if not token.is_word or not token.is_capital:
        return token.low[:3] in ("al-", "el-", "bin", "ibn") and at > first
    return token.low not in DETERMINERS and token.low not in PREPOSITIONS


def _strip_titles(tokens: Sequence[Token], start: int, end: int, first: int) -> tuple[list[Token], bool]:
    """Name tokens after the last title of a run ("Karsavian Foreign Minister | Petra Lindqvist")."""
    cut = start
    for at in range(start, end):
        low = tokens[at].low
        if ({low, low.split("-")[0], low.removesuffix("s")} & _TITLE_WORDS or low == ".") and at + 1 < end:
            cut = at + 1
    if (
        end - 1 >= start
        and tokens[end - 1].low in PERSON_NOUNS
        and cut < end
        and tokens[end - 1].low not in ("king", "marshal", "judge", "baker", "prince", "bishop", "abbot")
    ):
        return [], False
    if cut == start and end - cut >= 3 and start > first and tokens[start - 1].low in ("for", "of"):
        cut += 1  # "Deputy Prime Minister for Reintegration | Mihai Corvescu"
    return [token for token in tokens[cut:end] if token.is_word], cut > start
