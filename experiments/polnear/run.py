"""Who says what in political news: the tagger trained on PolNeAR, and the project's own extractors, on its dev part.

    python experiments/polnear/run.py PATH_TO_POLNEAR --seeds 3

PATH_TO_POLNEAR is a folder with train*.jsonl and dev.jsonl, one article a line: `id`, `text` and `attributions`,
each with `source`, `cue` and `content` as lists of `[start, end)`. The corpus is not ours to pass on: get it
from its makers (github.com/networkdynamics/PolNeAR). Every finished training is a line of results.jsonl, so
that an interrupted run goes on where it stopped; results.md is made of it. No text is written.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.extraction.attribution import attribution_of
from stance.extraction.local import actor_names
from stance.extraction.reading import tokens_within
from stance.extraction.rules import RulesExtractor
from stance.extraction.sentences import paragraphs, sentences
from stance.extraction.silver import marked_text
from stance.extraction.tagger import MarkedText, Marks, Tagger
from stance.models.extractor_bundle import load_extractor_bundle
from stance.schema import Article, Span
from stance.threads import threads

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.jsonl"
PARAMS: dict[str, Any] = {
    "epochs": 3,
    "batch_size": 12,
    "max_tokens": 160,
    "learning_rate": 4e-4,
    "kind_weight": 0.0,  # PolNeAR does not mark how contents are quoted
}
HELD_OUT = 14  # every 14th article of train: 60 that choose the epoch, as dev is only scored
ROLES = ("source", "cue", "content")
PUBLISHED = {  # exact-span F1 on the test part: source, cue, content
    "rules (published, test)": (0.107, 0.228, 0.056),
    "CRF (published, test)": (0.506, 0.534, 0.286),
    "BiLSTM-CRF (published, test)": (0.696, 0.667, 0.590),
    "BERT-base (published, test)": (0.811, 0.740, 0.689),
}
OPENING = "“\"'‘"
MARKS = '“”"'


def main(
    data: Annotated[Path, typer.Argument(help="Folder with train*.jsonl and dev.jsonl.")],
    seeds: Annotated[int, typer.Option(help="How many trainings on PolNeAR, from seed 1.")] = 3,
    extractor: Annotated[Path | None, typer.Option(help="Folder of a tagger trained on the written corpus.")] = None,
) -> None:
    dev = read(sorted(data.glob("dev.jsonl")))
    with threads(1):
        if not finished("rules"):
            keep(measured("rules", {}, dev, by_rules))
        if extractor is not None:
            bundle = load_extractor_bundle(extractor)
            if not finished("tagger, written corpus", model=bundle.name):
                about = {"model": bundle.name, "seed": bundle.config.training.seed}
                keep(
                    measured(
                        "tagger, written corpus", about, dev, lambda text: said_alone(text, bundle.tagger.mark(text))
                    )
                )
        train = read(sorted(data.glob("train*.jsonl")))
        held_out, rest = train[::HELD_OUT], [one for i, one in enumerate(train) if i % HELD_OUT]
        for seed in range(1, seeds + 1):
            if finished("tagger, PolNeAR", seed=seed, params=PARAMS):
                continue
            tagger = Tagger(**PARAMS)
            started = time.process_time()
            tagger.fit(rest, held_out, seed=seed)
            about = {
                "seed": seed,
                "params": PARAMS,
                "train_articles": len(rest),
                "train_cpu_seconds": round(time.process_time() - started),
                "held_out": {name: round(value, 4) for name, value in tagger.scores(held_out).items()},
            }
            keep(measured("tagger, PolNeAR", about, dev, lambda text, tagger=tagger: tagger.mark(text)))
    (HERE / "results.md").write_text(table(rows_so_far()), encoding="utf-8")


def read(files: Sequence[Path]) -> list[MarkedText]:
    """Articles with their marks: every stretch without a gap is one mark, one that is shared counts once."""
    found = []
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            spans = {
                role: tuple(
                    Span(start, end) for start, end in sorted({tuple(s) for a in row["attributions"] for s in a[role]})
                )
                for role in ROLES
            }
            found.append(MarkedText(row["text"], Marks(spans["source"], spans["cue"], spans["content"])))
    return found


def by_rules(text: str) -> Marks:
    """The rules' statements as marks."""
    article = Article(text)
    return said_alone(text, marked_text(article, RulesExtractor().extract(article)).marks)


def said_alone(text: str, marks: Marks) -> Marks:
    """Our statements are whole sentences, PolNeAR's contents what is said: without the attributing words."""
    names = actor_names(text)
    contents: list[Span] = []
    for statement in marks.contents:
        tokens = tokens_within(text, statement)
        attribution = attribution_of(tokens, names)
        first, last = attribution.clause if attribution is not None else (0, 0)
        edges = (tokens[first].start, tokens[last - 1].end) if last > first else (statement.start, statement.start)
        for start, end in ((statement.start, edges[0]), (edges[1], statement.end)):
            piece = text[start:end]
            kept = piece.strip(" ,;:").removesuffix(".")
            if kept:
                at = start + piece.index(kept)
                contents.append(Span(at, at + len(kept)))
    return replace(marks, contents=tuple(contents), kinds=())


def measured(
    system: str, about: dict[str, Any], dev: Sequence[MarkedText], mark: Callable[[str], Marks]
) -> dict[str, Any]:
    started = time.process_time()
    found = [mark(one.text) for one in dev]
    return {
        "system": system,
        **about,
        "dev_articles": len(dev),
        "dev_cpu_seconds": round(time.process_time() - started, 1),
        **score(dev, found),
    }


def score(gold: Sequence[MarkedText], found: Sequence[Marks]) -> dict[str, Any]:
    """F1 of exact stretches per role and kind of content, of contents' characters, of sentences with content."""
    exact: dict[str, Counts] = {name: Counts() for name in (*ROLES, "direct", "mixed", "indirect")}
    characters, holding = Counts(), Counts()
    for one, ours in zip(gold, found, strict=True):
        for role, theirs, mine in zip(ROLES, one.marks.by_role().values(), ours.by_role().values(), strict=True):
            exact[role].add(set(theirs), set(mine))
        for kind in ("direct", "mixed", "indirect"):
            exact[kind].add(
                *({s for s in spans if kind_of(one.text, s) == kind} for spans in (one.marks.contents, ours.contents))
            )
        characters.add(*(inside(one.text, marks.contents) for marks in (one.marks, ours)))
        spans = [span for line in paragraphs(one.text) for span in sentences(one.text, line, [])]
        holding.add(*({s for s in spans if touched(s, marks.contents)} for marks in (one.marks, ours)))
    return {
        "exact": {name: counts.to_dict() for name, counts in exact.items()},
        "content_characters": characters.to_dict(),
        "sentences": holding.to_dict(),
        "source": sources(gold, found),
    }


def sources(gold: Sequence[MarkedText], found: Sequence[Marks]) -> dict[str, Any]:
    """Among contents matched by half of the longer: how often the source nearest to ours overlaps theirs' nearest."""
    right = matched = 0
    for one, ours in zip(gold, found, strict=True):
        lines = list(paragraphs(one.text))
        for content in one.marks.contents:
            mine = next((s for s in ours.contents if common(s, content) * 2 >= max(length(s), length(content))), None)
            theirs = nearest(content, one.marks.speakers, lines)
            if mine is None or theirs is None:
                continue
            matched += 1
            answer = nearest(mine, ours.speakers, lines)
            right += answer is not None and common(answer, theirs) > 0
    return {"accuracy": round(right / matched, 4) if matched else 0.0, "matched": matched}


def nearest(content: Span, speakers: Iterable[Span], lines: Sequence[Span]) -> Span | None:
    """The speaker nearest to a content in its own paragraph."""
    line = next((line for line in lines if line.start <= content.start < line.end), content)
    near = [s for s in speakers if line.start <= s.start < line.end]
    return min(near, key=lambda s: max(s.start - content.end, content.start - s.end, 0), default=None)


class Counts:
    """What was right, found and wanted."""

    def __init__(self) -> None:
        self.right = self.found = self.wanted = 0

    def add(self, wanted: set[Any], found: set[Any]) -> None:
        self.right += len(wanted & found)
        self.found += len(found)
        self.wanted += len(wanted)

    def to_dict(self) -> dict[str, float]:
        return {
            "precision": round(self.right / self.found, 4) if self.found else 0.0,
            "recall": round(self.right / self.wanted, 4) if self.wanted else 0.0,
            "f1": round(2 * self.right / (self.found + self.wanted), 4) if self.right else 0.0,
            "support": self.wanted,
        }


def kind_of(text: str, span: Span) -> str:
    """direct: begins with a quotation mark; mixed: holds one; indirect: neither."""
    words = text[span.start : span.end]
    if words[:1] in OPENING:
        return "direct"
    return "mixed" if any(mark in words for mark in MARKS) else "indirect"


def inside(text: str, spans: Iterable[Span]) -> set[int]:
    return {at for span in spans for at in range(span.start, span.end) if not text[at].isspace()}


def touched(sentence: Span, contents: Iterable[Span]) -> bool:
    return any(common(sentence, content) > 0 for content in contents)


def common(one: Span, other: Span) -> int:
    return min(one.end, other.end) - max(one.start, other.start)


def length(span: Span) -> int:
    return span.end - span.start


def rows_so_far() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def finished(system: str, **about: Any) -> bool:
    return any({"system": system, **about}.items() <= row.items() for row in rows_so_far())


def keep(row: dict[str, Any]) -> None:
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    print(row["system"], row.get("seed", ""), {role: row["exact"][role]["f1"] for role in ROLES}, flush=True)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown: mean over seeds and, behind ±, their standard deviation where there are several."""
    some = rows[0]
    support = {role: some["exact"][role]["support"] for role in ROLES}
    heads = [
        "system",
        *(f"{role} exact (n={support[role]:,})" for role in ROLES),
        *(f"{kind} (n={some['exact'][kind]['support']:,})" for kind in ("direct", "mixed", "indirect")),
        "content characters",
        f"sentences (n={some['sentences']['support']:,})",
        "source accuracy",
        "seeds",
    ]
    lines = [heads, ["---"] * len(heads)]
    for system in dict.fromkeys(row["system"] for row in rows):
        own = [row for row in rows if row["system"] == system]
        lines.append(
            [
                f"{system} (dev)",
                *(spread(row["exact"][name]["f1"] for row in own) for name in (*ROLES, "direct", "mixed", "indirect")),
                spread(row["content_characters"]["f1"] for row in own),
                spread(row["sentences"]["f1"] for row in own),
                spread(row["source"]["accuracy"] for row in own),
                str(len(own)),
            ]
        )
    lines += [[name, *(f"{value:.3f}" for value in values), *[""] * 7] for name, values in PUBLISHED.items()]
    return f"F1 on {some['dev_articles']} articles\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def spread(values: Iterable[float]) -> str:
    found = list(values)
    return f"{statistics.mean(found):.3f}" + (f" ± {statistics.stdev(found):.3f}" if len(found) > 1 else "")


if __name__ == "__main__":
    typer.run(main)
