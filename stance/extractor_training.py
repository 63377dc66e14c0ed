"""Train an extractor from a config: learn from the gold statements' own offsets, score, save, track."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.config import RunConfig
from stance.corpus import Corpus, Split, load_articles, load_corpus, split_corpus
from stance.encoders import OnLog
from stance.errors import TrackingError
from stance.extraction import EXTRACTORS, Extractor
from stance.extraction.scoring import scores
from stance.extraction.silver import marked_text
from stance.extraction.tagger import MarkedText
from stance.models import TAGGERS
from stance.models.bundle import CARD_FILE, EVALUATION, check_replaceable, extra_installed, replaced_folder
from stance.models.extractor_bundle import ExtractorBundle, save_extractor_bundle
from stance.report import write_statements
from stance.report.extraction import extraction_markdown, extraction_title
from stance.report.files import write_json, write_jsonl, write_text
from stance.schema import Article, LabelledStatement, Statement
from stance.threads import threads
from stance.tracking import LoggedRun, RunRecord, log_run

SCORED_PARTS = ("dev", "test")
FLOOR = "rules"  # the extractor every trained one is shown beside
DEV_SCORE = "dev.token_f1"  # what the champion is chosen by

PartScores = dict[str, dict[str, float]]  # part -> score -> value


@dataclass(frozen=True)
class ExtractorRun:
    """One finished training of an extractor."""

    config: RunConfig
    folder: Path
    name: str
    scores: PartScores  # dev, test
    floor: PartScores  # the same parts by the rules
    articles: dict[str, int]  # how many in each part
    seconds: float  # learning alone
    logged: LoggedRun | None  # None where tracking is off or failed
    tracking_error: str  # empty unless tracking failed


def train_extractor(settings: RunConfig, on_message: Callable[[str], None]) -> ExtractorRun:
    """Train, evaluate on dev and test beside the rules, save the folder, and log the run.

    The folder is complete before tracking starts; a failing tracking server is told in
    `ExtractorRun.tracking_error`. Raises `ConfigError` and `InputError` for what cannot be used, before
    anything is written.
    """
    folder = settings.output.folder
    assert folder is not None  # load_config fills it in
    check_replaceable(folder)
    corpus = load_corpus(settings.data.corpus)
    split = split_corpus(corpus, settings.data)
    articles = articles_of(split, corpus, settings)
    parts = {
        part: [articles[article_id] for article_id in dict.fromkeys(s.article_id for s in rows)]
        for part, rows in split.parts().items()
    }
    sizes = ", ".join(f"{part} {len(rows):,} in {len(parts[part])} articles" for part, rows in split.parts().items())
    on_message(f"{corpus.path}: {len(corpus):,} statements ({sizes})")

    curve: list[tuple[int, dict[str, float]]] = []
    started = time.perf_counter()
    with threads(settings.training.threads):
        bundle = fit_extractor(settings, corpus, split, articles, lambda step, values: curve.append((step, values)))
        seconds = time.perf_counter() - started
        found = {part: found_by(bundle.extractor(), parts[part]) for part in SCORED_PARTS}
    texts = {article_id: article.text for article_id, article in articles.items()}
    of_parts = {part: scores(split.parts()[part], found[part], texts) for part in SCORED_PARTS}
    rules = EXTRACTORS[FLOOR]()
    floor = {part: scores(split.parts()[part], found_by(rules, parts[part]), texts) for part in SCORED_PARTS}

    metrics = {f"{part}.{name}": float(value) for part, of_part in of_parts.items() for name, value in of_part.items()}
    counts = {part: len(of_part) for part, of_part in parts.items()}
    with replaced_folder(folder) as fresh:
        save_extractor_bundle(fresh, bundle)
        (fresh / EVALUATION).mkdir()
        write_json({"extractor": of_parts, FLOOR: floor}, fresh / EVALUATION / "scores.json")
        write_jsonl(({"step": step, **values} for step, values in curve), fresh / EVALUATION / "curve.jsonl")
        for part, rows in found.items():
            write_statements(rows, fresh / EVALUATION / f"statements_{part}.jsonl")
        write_text(_card(bundle, of_parts, floor, counts), fresh / CARD_FILE)
    logged, problem = None, ""
    if settings.tracking.enabled:
        on_message("Logging the run with MLflow")
        run_name = f"{folder.name} seed {settings.training.seed}"
        record = RunRecord(folder, bundle, run_name, metrics, curve, split.parts(), seconds, DEV_SCORE)
        try:
            logged = log_run(record, settings.tracking)
        except TrackingError as error:
            problem = str(error)
    return ExtractorRun(settings, folder, bundle.name, of_parts, floor, counts, seconds, logged, problem)


def fit_extractor(
    settings: RunConfig, corpus: Corpus, split: Split, articles: Mapping[str, Article], on_log: OnLog | None = None
) -> ExtractorBundle:
    """Fit a tagger on train, with dev to choose when to stop; writes nothing."""
    with extra_installed(settings.model.kind):
        tagger = TAGGERS[settings.model.kind](**settings.model.params).fit(
            marked_texts(split.train, articles),
            marked_texts(split.dev, articles),
            seed=settings.training.seed,
            on_log=on_log,
        )
    return ExtractorBundle(tagger, settings, corpus.digest)


def marked_texts(statements: Sequence[LabelledStatement], articles: Mapping[str, Article]) -> list[MarkedText]:
    """The articles of some statements with the marks these give, in order of first statement."""
    by_article: dict[str, list[Statement]] = {}
    for statement in statements:
        by_article.setdefault(statement.article_id, []).append(statement)
    return [marked_text(articles[article_id], rows) for article_id, rows in by_article.items()]


def articles_of(split: Split, corpus: Corpus, settings: RunConfig) -> dict[str, Article]:
    """All articles of a split by id, those of a test corpus of its own among them."""
    articles = load_articles(corpus)
    if settings.data.test is not None:
        articles |= load_articles(load_corpus(settings.data.test))
    return articles


def found_by(extractor: Extractor, articles: Sequence[Article]) -> list[Statement]:
    """The statements of some articles, one after the other."""
    return [statement for article in articles for statement in extractor.extract(article)]


def _card(bundle: ExtractorBundle, of_parts: PartScores, floor: PartScores, articles: Mapping[str, int]) -> str:
    """Markdown: what the extractor is, what it learned from, how well it does."""
    config = bundle.config
    parts = [
        f"# {bundle.name}",
        "Finds statements in news articles: where they stand, who is responsible for each, and how it is quoted. "
        f"Trained by `stance` on `{config.data.corpus}` (sha256 {bundle.data_digest[:16]}), seed "
        f"{config.training.seed}; the filled config is in `config.yaml`.",
    ]
    for part, of_part in of_parts.items():
        what = f"No {config.data.group_by.removesuffix('_id')} of it was trained on"
        parts += [
            f"## Scores on {part}",
            f"{extraction_title(what, of_part, articles[part])}. Headlines count.",
            extraction_markdown({bundle.name: of_part, FLOOR: floor[part]}).rstrip(),
            "Exact F1 of statements' edges; token F1 of the words inside them; the other columns are shares of the "
            "pairs that overlap by half, unresolved one of all found.",
        ]
    parts += [
        "## Limits",
        "Texts of the written corpus were made for the project by language models, about invented people and "
        "states; scores on real news differ. Cues were learnt from the rules' own, speakers from the names as "
        "printed. Dev chose when to stop. Sides, targets and dates are worked out by rules, not learnt.",
    ]
    return "\n\n".join(parts) + "\n"
