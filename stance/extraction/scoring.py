"""How well extracted statements agree with gold ones; plain functions over two lists."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from stance.extraction.lexicon import (
    BODY_NOUNS,
    PERSON_NOUNS,
    POSSESSIVE_PRONOUNS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
)
from stance.extraction.naming import slug
from stance.schema import Statement

Pair = tuple[Statement, Statement]


def scores(gold: Sequence[Statement], found: Sequence[Statement], texts: Mapping[str, str]) -> dict[str, float]:
    """Agreement of found statements with gold ones, article by article.

    `texts` holds each article's text by id. Shares in [0, 1]; what is asked of a matched pair (speaker,
    quotation, target, date) is asked of pairs that overlap by at least half of the longer one.
    """
    pairs = matched(gold, found)
    exact = f1(len({_place(s) for s in gold} & {_place(s) for s in found}), len(found), len(gold))
    both, ours, theirs = token_counts(gold, found, texts)
    return {
        "gold": len(gold),
        "found": len(found),
        "matched": len(pairs),
        "exact_f1": exact,
        "token_precision": both / ours if ours else 0.0,
        "token_recall": both / theirs if theirs else 0.0,
        "token_f1": f1(both, ours, theirs),
        "speaker_head": share(pairs, lambda g, f: head(g.speaker) == head(f.speaker)),
        "speaker_exact": share(pairs, lambda g, f: g.speaker.casefold() == f.speaker.casefold()),
        "speaker_id_same": share(pairs, lambda g, f: g.speaker_id == f.speaker_id),
        "speaker_id_cluster_f1": cluster_f1(pairs),
        "side": share(pairs, lambda g, f: g.side == f.side),
        "quotation": share(pairs, lambda g, f: g.quotation == f.quotation),
        "target": share(pairs, lambda g, f: g.target == f.target),
        "target_words": sum(word_f1(g.target, f.target) for g, f in pairs) / len(pairs) if pairs else 0.0,
        "date": share(pairs, lambda g, f: g.date == f.date),
        "unresolved": unresolved_share(found),
    }


def word_f1(one: str, other: str) -> float:
    """Overlap of the words of two short texts, in [0, 1], order and case aside."""
    ours, theirs = Counter(_WORD.findall(one.lower())), Counter(_WORD.findall(other.lower()))
    return f1(sum((ours & theirs).values()), sum(ours.values()), sum(theirs.values()))


def _place(statement: Statement) -> tuple[str, int | None, int | None]:
    return statement.article_id, statement.start, statement.end


def f1(right: float, found: float, wanted: float) -> float:
    """Harmonic mean of precision and recall from counts; 0 where nothing is right."""
    return 2 * right / (found + wanted) if right else 0.0


def share(pairs: Sequence[Pair], same: Callable[[Statement, Statement], bool]) -> float:
    """Share of pairs for which `same(gold, found)` holds; 0 for none."""
    return sum(bool(same(g, f)) for g, f in pairs) / len(pairs) if pairs else 0.0


def matched(gold: Iterable[Statement], found: Iterable[Statement]) -> list[Pair]:
    """Pairs that share at least half of the longer one's characters; each statement in one pair at most."""
    by_article: dict[str, list[Statement]] = defaultdict(list)
    for statement in found:
        by_article[statement.article_id].append(statement)
    pairs: list[Pair] = []
    for one in gold:
        best: tuple[float, Statement] | None = None
        for other in by_article[one.article_id]:
            share_ = overlap(one, other)
            if share_ >= 0.5 and (best is None or share_ > best[0]):
                best = (share_, other)
        if best is not None:
            by_article[one.article_id].remove(best[1])
            pairs.append((one, best[1]))
    return pairs


def overlap(one: Statement, other: Statement) -> float:
    """Common characters over those of the longer statement, in [0, 1]."""
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return 0.0
    common = min(one.end, other.end) - max(one.start, other.start)
    return max(0, common) / max(one.end - one.start, other.end - other.start, 1)


def token_counts(
    gold: Iterable[Statement], found: Iterable[Statement], texts: Mapping[str, str]
) -> tuple[int, int, int]:
    """Words inside both, inside found, inside gold statements."""
    ours, theirs = _tokens_inside(found, texts), _tokens_inside(gold, texts)
    return len(ours & theirs), len(ours), len(theirs)


def _tokens_inside(statements: Iterable[Statement], texts: Mapping[str, str]) -> set[tuple[str, int]]:
    inside = set()
    for s in statements:
        for match in _WORD.finditer(texts[s.article_id], s.start or 0, s.end or 0):
            inside.add((s.article_id, match.start()))
    return inside


_WORD = re.compile(r"\w+")
_HEAD_WORD = re.compile(r"[^\W_][\w'’\-.]*")


def head(speaker: str) -> str:
    """The word a printed speaker is recognised by: the surname where there is a name, else the head noun.

    "Foreign Minister Ilya Dorn" and "Dorn" share `dorn`; "a senior official in Geneva" has `official`.
    """
    parts = [part.strip() for part in speaker.split(",") if part.strip()]
    chunks = [_before_preposition(part) for part in parts] or [""]
    words = _HEAD_WORD.findall(next((chunk for chunk in chunks if _is_name(chunk)), chunks[0]))
    return re.sub(r"['’]s?$", "", words[-1].casefold()).strip(".") if words else ""


def _before_preposition(part: str) -> str:
    words = part.split()
    for at, word in enumerate(words):
        if at and (word.lower() in PREPOSITIONS or word.lower() in RELATIVES):
            return " ".join(words[:at])
    return part


def _is_name(chunk: str) -> bool:
    words = _HEAD_WORD.findall(chunk)
    if len(words) < 2 or not (words[-1][:1].isupper() and words[-2][:1].isupper()):
        return False
    return words[-1].lower() not in PERSON_NOUNS | BODY_NOUNS and not words[-1].endswith(("'s", "’s"))


def cluster_f1(pairs: Sequence[Pair]) -> float:
    """Pairwise F1 of putting two statements of one article under one speaker id."""
    by_article: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_article[pair[0].article_id].append(pair)
    right = ours = theirs = 0
    for group in by_article.values():
        cells = Counter((g.speaker_id, f.speaker_id) for g, f in group)
        rows, columns = Counter(g.speaker_id for g, _ in group), Counter(f.speaker_id for _, f in group)
        right += sum(_choose_two(n) for n in cells.values())
        theirs += sum(_choose_two(n) for n in rows.values())
        ours += sum(_choose_two(n) for n in columns.values())
    return f1(right, ours, theirs)


def _choose_two(n: int) -> int:
    return n * (n - 1) // 2


def unresolved_share(found: Sequence[Statement]) -> float:
    """Share of statements whose speaker stands for nobody."""
    return sum(is_unresolved(s) for s in found) / len(found) if found else 0.0


def is_unresolved(statement: Statement) -> bool:
    """Whether there is no speaker, or only a pronoun or a bare "the minister" that got no other name."""
    if not statement.speaker or not statement.speaker_id:
        return True
    bare = statement.speaker.lower().split()
    if bare[0] in PRONOUNS or bare[0] in POSSESSIVE_PRONOUNS:
        return statement.speaker_id == slug(bare)
    short = bare[0] in ("the", "this", "that", "same") and len(bare) == 2 and bare[1] in PERSON_NOUNS
    return short and statement.speaker_id == slug(bare[1:])
