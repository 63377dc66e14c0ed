"""From a paragraph to statement units: which sentences belong together and who is responsible for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stance.extraction.actors import has_name, is_actor
from stance.extraction.attribution import Attribution, attribution_of, speaker_clauses
from stance.extraction.dates import leading_date
from stance.extraction.lexicon import HOSTS, MEDIA_NOUNS, VERBS, words
from stance.extraction.lists import item_start, lead_of
from stance.extraction.phrases import QUOTE, Token, subject_at, tokenize
from stance.extraction.sentences import Sentence, sentences
from stance.schema import Span

LONGEST_DATE = 40  # characters a chronicle's date and the mark after it may take
LONGEST_UNIT = 3  # sentences (codebook: "normally one sentence, sometimes two or three of one quotation")


@dataclass(frozen=True)
class Unit:
    """A stretch of text with its speaker: as printed (token indices), by label, or carried over (neither)."""

    span: Span
    tokens: Sequence[Token]
    attribution: Attribution | None = None
    label: tuple[int, int] | None = None  # tokens of a transcript label
    sentences: int = 1
    dated: str = ""  # the date its paragraph begins with, in a chronicle: "June 2027 — ..."
    mention: bool = False  # no statement, but a later "he" or "the minister" may mean its subject

    def speaker_place(self) -> tuple[int, int] | None:
        """Where the speaker is printed, in tokens; None for a quotation that stands alone."""
        return self.label or (self.attribution.speaker if self.attribution else None)

    def pieces(self, text: str) -> list[Unit]:
        """Itself, or one unit a sentence where it holds a quotation of more than `LONGEST_UNIT` sentences."""
        spans = list(sentences(text, self.span, [])) if any(token.low == QUOTE for token in self.tokens) else []
        if len(spans) <= LONGEST_UNIT or self.label is not None:
            return [self]
        place = self.speaker_place()
        at = self.tokens[place[0]].start if place is not None else -1
        return [
            replace(self, span=span) if span.start <= at < span.end else Unit(span, (_quoted(span),), dated=self.dated)
            for span in spans
        ]

    def attributing_words(self) -> str:
        """What stands around the attribution: adverbials before it and a few words after the verb."""
        if self.attribution is None:
            return self.dated
        tokens = self.tokens
        first, last = self.attribution.clause
        if self.attribution.place == "after":
            return " ".join([self.dated, *(token.text for token in tokens[first:last])])
        verb = next((i for i in range(last - 1, first, -1) if tokens[i].low in VERBS), last - 1)
        begin = max(first, verb - 3)
        comma = next((i for i in range(verb - 1, begin - 1, -1) if tokens[i].low == ","), None)
        if comma is not None:  # "Dorn, who left in May, said": the aside has a time of its own
            opening = next((i for i in range(comma - 1, first, -1) if tokens[i].low == ","), first)
            begin = opening + 1 if tokens[opening + 1].low in _SPEAKING else comma + 1
        stops = _RECALL_STOPS if VERBS.get(tokens[verb].low, ("",))[0] in ("recall", "remind") else _CONTENT_STOPS
        marks = (i for i in range(verb + 1, min(verb + 8, len(tokens))) if tokens[i].low in stops)
        around = [*tokens[:first], *tokens[begin : next(marks, verb + 8)]]
        return " ".join([self.dated, *(token.text for token in around)])


_SPEAKING = words("speaking talking addressing writing answering on late early in at")
_CONTENT_STOPS = words("that to will would when who which , :")
_RECALL_STOPS = words("to would who which :")


def _quoted(span: Span) -> Token:
    return Token(QUOTE, QUOTE, span.start, span.end)


_LABEL = re.compile(
    r"(?:\d{1,2}[:.]\d\d[.,]?\s+(?:[–—-]\s+)?)?((?:(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Prof)\. )?"
    r"[^\W\d_][^:.!?“”\"\n]{0,70}(?:\([^)\n]{1,40}\))?)(:)\s+(?=\S)"
)


def label_of(text: str, span: Span) -> Span | None:
    """The stretch before the colon of `NAME: ...`; None where the sentence has no such label."""
    match = _LABEL.match(text, span.start, span.end)
    return Span(match.start(1), match.end(1)) if match else None


def is_host(label: str) -> bool:
    words = re.findall(r"\w+", label.lower())
    return bool(words) and (words[0] in HOSTS or words[-1] in HOSTS or (words[0] == "the" and words[-1] == "speaker"))


def is_speaker_label(label: str, labels: frozenset[str]) -> bool:
    """Whether a label names who speaks: capitals, or a short name used more than once in the article."""
    if is_host(label):
        return True
    plain = re.sub(r"\([^)]*\)", "", label).strip()
    words = plain.split()
    if _shouts(plain) and len(words) <= 8:
        return words[0][:1].isupper()
    return (
        plain in labels
        and plain.lower() not in _HEADINGS
        and len(words) <= 5
        and all(word[:1].isupper() or word in ("of", "the", "al") for word in words)
    )


_HEADINGS = words(
    "position background update quote note photo video source topic date place subject now then late later here why"
    " read see but also result reaction context details summary status score venue time yes no what"
)  # words that open several sentences before a colon and are nobody


def _shouts(label: str) -> bool:
    return any(word.isupper() and len(word) > 2 for word in label.split())


def labels_in(text: str, spans: Sequence[Span]) -> frozenset[str]:
    """Labels that open two or more sentences."""
    counts: dict[str, int] = {}
    for span in spans:
        label = label_of(text, span)
        if label is not None:
            name = text[label.start : label.end]
            counts[name] = counts.get(name, 0) + 1
    return frozenset(name for name, count in counts.items() if count >= 2)


def is_medium(label: str) -> bool:
    return any(word.lower() in MEDIA_NOUNS for word in label.split())


def units(text: str, paragraph: Sequence[Sentence], names: frozenset[str], labels: frozenset[str]) -> Iterator[Unit]:
    """Units of one paragraph in reading order; those without a speaker are left out."""
    if not paragraph:
        return
    dated = leading_date(text[paragraph[0].span.start : paragraph[0].span.end][:LONGEST_DATE])
    found = list(_units(text, paragraph, names, labels))
    if all(unit.mention for unit in found):
        found = [*found, *_item(text, paragraph, names)]
    for unit in found:
        yield replace(unit, dated=dated) if dated else unit


def _item(text: str, paragraph: Sequence[Sentence], names: frozenset[str]) -> Iterator[Unit]:
    """A list item that nobody is named in: it is the words of its label, or of who the list is introduced by."""
    line = Span(paragraph[0].span.start, paragraph[-1].span.end)
    start = item_start(text, line)
    label = label_of(text, Span(start, line.end)) if start is not None else None
    if label is not None and _names_party(text[label.start : label.end], names):
        tokens = tokenize(text, Span(label.start, paragraph[0].span.end), [])
        size = next((at for at, token in enumerate(tokens) if token.start >= label.end), len(tokens))
        yield Unit(Span(label.start, line.end), tokens, Attribution((0, size), (0, size + 1), "position", "before"))
        return
    lead = lead_of(text, line, names)
    if lead is None or text[line.end - 1] == ":":
        return
    spans = [span for span, _ in paragraph]
    pieces = spans if len(spans) > LONGEST_UNIT else [Span(spans[0].start, spans[-1].end)]
    for number, span in enumerate(pieces):
        own = Span(start, span.end) if number == 0 and start is not None and start < span.end else span
        yield Unit(own, *lead)


def _names_party(label: str, names: frozenset[str]) -> bool:
    words_ = label.split()
    return len(words_) <= 4 and all(word[:1].isupper() for word in words_) and any(word in names for word in words_)


def _units(text: str, paragraph: Sequence[Sentence], names: frozenset[str], labels: frozenset[str]) -> Iterator[Unit]:
    held: Unit | None = None  # may still take in the sentence after it
    lead_in: Unit | None = None  # a sentence nobody is quoted in, but somebody acts: "Dates bore the admiral."
    turn: str = ""  # "host", "speaker" or none
    for span, inside in paragraph:
        tokens = tokenize(text, span, inside)
        if not tokens:
            continue
        label = label_of(text, span)
        if label is not None and is_speaker_label(text[label.start : label.end], labels):
            if held is not None:
                yield held
            held = lead_in = None
            name = text[label.start : label.end]
            turn = "host" if is_host(name) else "speaker"
            last = next((i for i, token in enumerate(tokens) if token.start >= label.end), len(tokens))
            start = next((i for i, token in enumerate(tokens) if token.start >= label.start), 0)
            own = _own_attribution(tokens, last + 1, names)
            if turn == "speaker" and not is_medium(name) and not _is_reported(own, tokens, _shouts(name)):
                held = Unit(span, tokens, None, (start, last))
                continue
            if own is not None and (turn == "speaker" or own.strength == "say"):
                held = Unit(span, tokens, own)
            turn = turn if turn == "host" else ""
            continue
        if turn == "host":
            found = attribution_of(tokens, names)
            if found is not None and found.strength == "say" and has_name(tokens, *found.speaker):
                yield Unit(span, tokens, found)
            continue
        if turn == "speaker" and _is_reported(attribution_of(tokens, names), tokens, True):
            turn = ""
        if turn == "speaker" and held is not None:
            if held.sentences < LONGEST_UNIT:
                held = Unit(Span(held.span.start, span.end), held.tokens, None, held.label, held.sentences + 1)
            else:
                yield held
                held = Unit(span, held.tokens, None, held.label)
            continue
        if _only_quotation(tokens):
            if held is not None and held.sentences < LONGEST_UNIT and _takes_quotation(held):
                both = [*held.tokens, *tokens]
                held = Unit(Span(held.span.start, span.end), both, held.attribution, None, held.sentences + 1)
                continue
            if held is not None:
                yield held
                held = None
            if lead_in is not None:
                both = [*lead_in.tokens, *tokens]
                held = Unit(Span(lead_in.span.start, span.end), both, lead_in.attribution, None, 2)
            else:
                held = Unit(span, tokens)
            lead_in = None
            continue
        if held is not None:
            yield held
            held = None
        lead_in = None
        clauses = speaker_clauses(tokens, names)
        if not clauses:
            lead_in = _lead_in(span, tokens, names)
            if lead_in is not None:
                yield replace(lead_in, mention=True)
        for number, (first, last, attribution) in enumerate(clauses):
            if held is not None:
                yield held
            start = span.start if number == 0 else tokens[first].start
            end = span.end if number + 1 == len(clauses) else tokens[last - 1].end
            held = Unit(Span(start, end), tokens[first:last], attribution)
    if held is not None:
        yield held


def _own_attribution(tokens: Sequence[Token], at: int, names: frozenset[str]) -> Attribution | None:
    """The speaker named inside a labelled sentence ("Evening Post: ..., says the minister")."""
    one = attribution_of(tokens[at:], names)
    return one and one._replace(
        speaker=(one.speaker[0] + at, one.speaker[1] + at), clause=(one.clause[0] + at, one.clause[1] + at)
    )


def _is_reported(own: Attribution | None, tokens: Sequence[Token], shouted: bool) -> bool:
    """Whether a labelled sentence reports somebody else: the label is a paper or a heading, not a speaker."""
    if own is None or own.strength != "say":
        return False
    return not shouted or has_name(tokens, *own.speaker)


def _only_quotation(tokens: Sequence[Token]) -> bool:
    return tokens[0].low == QUOTE and not any(token.is_word for token in tokens)


def _takes_quotation(unit: Unit) -> bool:
    """Whether a quotation alone in the next sentence goes on with this one."""
    return unit.attribution is not None


def _lead_in(span: Span, tokens: Sequence[Token], names: frozenset[str]) -> Unit | None:
    subject = subject_at(tokens, 0) if not tokens[-1].is_word else None  # headings lead in nothing
    if subject is None or not is_actor(tokens, subject.first, subject.last, names):
        return None
    speaker = (subject.first, subject.last)
    return Unit(span, tokens, Attribution(speaker, (0, len(tokens)), "weak", "before"))
