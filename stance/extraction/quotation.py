"""Whether a statement is quoted, reported, or reported with quoted words inside."""

from __future__ import annotations

from collections.abc import Sequence

from stance.extraction.attribution import Attribution, after_front
from stance.extraction.lexicon import words
from stance.extraction.phrases import QUOTE, Token


def quotation_kind(tokens: Sequence[Token], attribution: Attribution | None) -> str:
    """`direct`, `indirect` or `mixed` (codebook, section 1).

    Direct means that everything said stands in quotation marks: next to the attribution there is
    nothing but quotations.
    """
    if not any(token.low == QUOTE and not _is_scare(tokens, at) for at, token in enumerate(tokens)):
        return "indirect"
    if attribution is None:
        return "direct"
    first, last = attribution.clause
    if tokens[-1].low == QUOTE and len(tokens) > 1 and tokens[-2].low == ":":
        return "direct"
    if attribution.place == "after":
        said = tokens[after_front(tokens) : first]
        if any(token.low in ("adding", "added", "adds") for token in tokens[last:]):
            return "mixed"
        colon = next((i for i, token in enumerate(said) if token.low in (":", "—", "–")), -1)
        return "mixed" if any(token.is_word for token in said[colon + 1 :]) or not said else "direct"
    if attribution.strength == "weak" and tokens[-1].low == QUOTE:
        return "direct"  # somebody acts, and the next sentence is their quotation
    if attribution.strength != "say":
        return "mixed"
    said = tokens[last:]
    lead = next((i for i, token in enumerate(said) if token.low == QUOTE), 0)
    if tokens[last - 1].low == "that":
        return "mixed"
    if lead and said[lead - 1].low in (":", ",") and not any(token.low in _CONTENT for token in said[:lead]):
        said = said[lead:]
    return "mixed" if any(token.is_word for token in said) else "direct"


def _is_scare(tokens: Sequence[Token], at: int) -> bool:
    """Whether the marks set off a title, a ship or a word spoken about, and nobody's speech."""
    return at > 0 and tokens[at].end - tokens[at].start < 40 and tokens[at - 1].low in _NAMED_THINGS


_NAMED_THINGS = words(
    "word words so-called trawler ship vessel film book novel titled entitled series song play"
    " programme program term codenamed movement operation album report headline article essay show"
    " ferry tanker"
)
_CONTENT = words("that it he she they we was were had would is are has have will")
