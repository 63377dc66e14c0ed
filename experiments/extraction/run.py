"""Rules and tagger on held-out domains of the written corpus and on the five real articles, over seeds.

    python experiments/extraction/run.py --seeds 5

Every finished measurement is a line of results.jsonl, so that an interrupted run goes on where it stopped;
results.md is made of it, errors.md and errors_tagger.md (of seed 1) of what was found.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from stance.config import RunConfig, load_config
from stance.corpus import Corpus, Split, load_articles, load_corpus, split_corpus
from stance.extraction import EXTRACTORS, Extractor
from stance.extraction.scoring import head, matched, overlap, scores
from stance.extractor_training import fit_extractor
from stance.models import TRAINABLE
from stance.models.extractor_bundle import ExtractorBundle, load_extractor_bundle, save_extractor_bundle
from stance.report.extraction import SHOWN
from stance.schema import Article, Statement
from stance.threads import threads

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.jsonl"
SETS = {"test": "Held-out domains", "headlines": "Headlines of the held-out domains", "news": "Five real articles"}
WORST = 20  # errors shown, a fair share of every cause


def main(
    seeds: Annotated[int, typer.Option(help="How many trainings of the tagger, from seed 1.")] = 5,
    keep: Annotated[Path | None, typer.Option(help="Keep the taggers under this folder, as seed-1, ...")] = None,
) -> None:
    settings = load_config(ROOT / "configs" / "extractor.yaml", kinds=TRAINABLE)
    corpus, news = load_corpus(ROOT / "seeds" / "written"), load_corpus(ROOT / "seeds" / "news")
    split = split_corpus(corpus, settings.data)
    articles = load_articles(corpus) | load_articles(news)
    sets: dict[str, Sequence[Statement]] = {
        "dev": split.dev,
        "test": split.test,
        "headlines": [s for s in split.test if in_title(s, articles)],
        "news": news.statements,
    }
    with threads(settings.training.threads):
        rules = EXTRACTORS["rules"]()
        record({"extractor": "rules"}, rules, sets, articles)
        (HERE / "errors.md").write_text(errors(rules, {name: sets[name] for name in ("test", "news")}, articles))
        for seed in range(1, seeds + 1):
            about = {"extractor": "tagger", "seed": seed, "digest": corpus.digest, "params": settings.model.params}
            if any(about.items() <= row.items() for row in finished()):
                continue
            bundle, about["train_cpu_seconds"] = trained(with_seed(settings, seed), corpus, split, articles, keep)
            record(about, bundle.extractor(), sets, articles)
            if seed == 1:
                worst = errors(bundle.extractor(), {name: sets[name] for name in ("test", "news")}, articles)
                (HERE / "errors_tagger.md").write_text(worst, encoding="utf-8")
    (HERE / "results.md").write_text(table(finished()), encoding="utf-8")


def trained(
    settings: RunConfig, corpus: Corpus, split: Split, articles: dict[str, Article], keep: Path | None
) -> tuple[ExtractorBundle, int]:
    """A tagger and the CPU seconds of its training; one that is kept from before is not trained again."""
    folder = keep / f"seed-{settings.training.seed}" if keep is not None else None
    if folder is not None and (folder / "model.json").is_file():
        bundle = load_extractor_bundle(folder)
        if (bundle.config.model, bundle.data_digest) == (settings.model, corpus.digest):
            return bundle, int((folder / "seconds").read_text())
    started = time.process_time()
    bundle = fit_extractor(settings, corpus, split, articles)
    seconds = round(time.process_time() - started)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        save_extractor_bundle(folder, bundle)
        (folder / "seconds").write_text(str(seconds))
    return bundle, seconds


def with_seed(settings: RunConfig, seed: int) -> RunConfig:
    return settings.model_copy(update={"training": settings.training.model_copy(update={"seed": seed})})


def in_title(statement: Statement, articles: dict[str, Article]) -> bool:
    """Does the statement stand in its article's first line?"""
    line = articles[statement.article_id].text.find("\n")
    return statement.end is not None and statement.end <= line


def record(
    about: dict[str, Any], extractor: Extractor, sets: dict[str, Sequence[Statement]], articles: dict[str, Article]
) -> None:
    """Score on every set and add the line; what was measured before for `about` gives way."""
    row = dict(about)
    for name, gold in sets.items():
        own = [articles[article_id] for article_id in dict.fromkeys(s.article_id for s in gold)]
        started = time.process_time()
        found = [s for article in own for s in extractor.extract(article)]
        seconds = time.process_time() - started
        if name == "headlines":
            found = [s for s in found if in_title(s, articles)]
        else:
            row[f"{name}_articles_per_second"] = round(len(own) / seconds, 1)
            row[f"{name}_words_per_second"] = round(sum(len(article.text.split()) for article in own) / seconds)
        measured = scores(gold, found, {article.article_id: article.text for article in own})
        row[name] = {"articles": len(own), **{score: round(value, 4) for score, value in measured.items()}}
    same = {name: value for name, value in about.items() if name != "train_cpu_seconds"}
    others = [r for r in finished() if not same.items() <= r.items()]
    RESULTS.write_text("".join(f"{json.dumps(r)}\n" for r in [*others, row]), encoding="utf-8")
    print(about["extractor"], about.get("seed", ""), {s: row[s]["token_f1"] for s in sets}, flush=True)


def finished() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown: mean over seeds and, behind ±, their standard deviation."""
    parts = []
    for name, title in SETS.items():
        some = rows[0][name]
        parts.append(f"**{title}** ({some['gold']} statements in {some['articles']} articles)\n")
        heads = ["", *SHOWN, "seeds"]
        parts += [f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * len(heads))} |"]
        for extractor in ("rules", "tagger"):
            own = [row for row in rows if row["extractor"] == extractor]
            if own:
                cells = [spread(row[name][score] for row in own) for score in SHOWN.values()]
                parts.append(f"| {extractor} | {' | '.join(cells)} | {len(own)} |")
        parts.append("")
    parts += ["**Speed** on one core\n", "| | articles a second | words a second |", "| --- | --- | --- |"]
    for extractor in ("rules", "tagger"):
        own = [row for row in rows if row["extractor"] == extractor]
        if own:
            speeds = [statistics.median(r[f"test_{what}_per_second"] for r in own) for what in ("articles", "words")]
            parts.append(f"| {extractor} | {' | '.join(f'{speed:,.0f}' for speed in speeds)} |")
    return "\n".join(parts) + "\n"


def spread(values: Iterable[float]) -> str:
    found = list(values)
    return f"{statistics.mean(found):.3f}" + (f" ± {statistics.stdev(found):.3f}" if len(found) > 1 else "")


def errors(extractor: Extractor, sets: dict[str, Sequence[Statement]], articles: dict[str, Article]) -> str:
    """Markdown: how many errors of each cause, and the longest of them; news articles are quoted by offsets alone."""
    parts = [f"Errors of `{extractor.name}` by cause; examples are the longest ones, at most {WORST}."]
    for name, gold in sets.items():
        own = list(dict.fromkeys(s.article_id for s in gold))
        found = [s for article_id in own for s in extractor.extract(articles[article_id])]
        by_cause: dict[str, list[tuple[Statement, str]]] = {}
        for cause, statement, note in causes(gold, found):
            by_cause.setdefault(cause, []).append((statement, note))
        counts = Counter({cause: len(of_cause) for cause, of_cause in by_cause.items()})
        parts += [f"**{SETS[name]}** ({len(gold)} statements)\n\n| cause | errors |\n| --- | --- |"]
        parts[-1] += "".join(f"\n| {cause} | {count} |" for cause, count in counts.most_common())
        lines = []
        for cause, _ in counts.most_common():
            longest = sorted(by_cause[cause], key=lambda item: -len(item[0].text))
            for statement, note in longest[: max(1, WORST // len(counts))]:
                words = statement.text if name == "test" else f"{statement.text[:40]}…"
                lines.append(f"- {cause}{note}: `{statement.article_id}` {statement.start}: {words}")
        parts.append("\n".join(lines[:WORST]))
    return "\n\n".join(parts) + "\n"


def causes(gold: Sequence[Statement], found: Sequence[Statement]) -> Iterable[tuple[str, Statement, str]]:
    """What is wrong with each statement, worst first of what applies."""
    pairs = matched(gold, found)
    paired = {id(s) for pair in pairs for s in pair}
    for wanted, ours in pairs:
        if head(wanted.speaker) != head(ours.speaker):
            yield "another speaker", wanted, f" ({ours.speaker!r} for {wanted.speaker!r})"
        elif overlap(wanted, ours) < 1:
            yield "other edges", wanted, f" (found [{ours.start}, {ours.end}) for [{wanted.start}, {wanted.end}))"
        elif wanted.quotation != ours.quotation:
            yield "another kind of quotation", wanted, f" ({ours.quotation} for {wanted.quotation})"
    for statement in gold:
        if id(statement) not in paired:
            near = any(overlap(statement, s) > 0 for s in found if s.article_id == statement.article_id)
            yield ("part of a longer or shorter one" if near else "missed"), statement, ""
    for statement in found:
        if id(statement) not in paired and not any(
            overlap(statement, s) > 0 for s in gold if s.article_id == statement.article_id
        ):
            yield "found where there is none", statement, ""


if __name__ == "__main__":
    typer.run(main)
