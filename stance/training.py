"""Train a model from a config: learn, decide, score, save, track."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.behaviour import Behaviour, Cases, load_cases, run_cases
from stance.config import RunConfig, load_config
from stance.corpus import Corpus, Split, label_counts, load_data, split_data
from stance.errors import ConfigError, TrackingError
from stance.extractor_training import ExtractorRun, train_extractor
from stance.metrics import Scores, confusion, reliability, score
from stance.models import MODELS, TAGGERS, TRAINABLE
from stance.models.bundle import (
    CARD_FILE,
    EVALUATION,
    Bundle,
    add_to_about,
    check_replaceable,
    extra_installed,
    label_agreement,
    replaced_folder,
    save_bundle,
)
from stance.models.decision import fit_decision
from stance.report import write_statements
from stance.report.card import model_card
from stance.report.confusion import draw_confusion
from stance.report.evaluation_page import write_evaluation_page
from stance.report.files import write_json, write_jsonl, write_text
from stance.report.precision_recall import draw_precision_recall
from stance.report.reliability import draw_reliability
from stance.schema import LabelledStatement
from stance.threads import threads
from stance.tracking import DEV_SCORE, LoggedRun, RunRecord, log_run

SCORED_PARTS = ("dev", "test")
FLOOR = "majority"  # the model kind every other is shown beside


@dataclass(frozen=True)
class Run:
    """One finished training."""

    config: RunConfig
    folder: Path
    name: str
    scores: dict[str, Scores]  # dev, test
    floor: dict[str, Scores]  # the same parts by the majority baseline
    behaviour: Behaviour | None  # None where the config names no behavioural cases
    seconds: float  # learning alone
    logged: LoggedRun | None  # None where tracking is off or failed
    tracking_error: str  # empty unless tracking failed


def train(
    config: str | Path | Mapping[str, Any] | RunConfig,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    *,
    on_message: Callable[[str], None] = lambda text: None,
) -> Run | ExtractorRun:
    """Train a model that labels, or an extractor; evaluate on dev and test, save its folder, log the run.

    `overrides` are `{"model.params.C": 4}` or `["model.params.C=4"]`. The model folder is complete
    before tracking starts; a failing tracking server is told in `Run.tracking_error`.
    Raises `ConfigError` and `InputError` for what cannot be used, before anything is written.
    """
    settings = config if isinstance(config, RunConfig) else load_config(config, overrides, kinds=TRAINABLE)
    if settings.model.kind in TAGGERS:
        return train_extractor(settings, on_message)
    folder = settings.output.folder
    assert folder is not None  # load_config fills it in
    check_replaceable(folder)
    corpus = load_data(settings.data.corpus, settings)
    split = split_data(corpus, settings)
    cases = _behavioural_cases(settings)
    on_message(_what_is_used(corpus, split))

    curve: list[tuple[int, dict[str, float]]] = []
    started = time.perf_counter()
    with threads(settings.training.threads):
        bundle = fit_bundle(settings, corpus, split, lambda step, values: curve.append((step, values)))
        seconds = time.perf_counter() - started
        labelled = {part: bundle.label(split.parts()[part]) for part in SCORED_PARTS}
        behaviour = run_cases(bundle, cases, settings.tasks) if cases else None
    scores = _score_parts(split, labelled, settings)
    floor_settings = settings.model_copy(
        update={"model": settings.model.model_copy(update={"kind": FLOOR, "params": {}})}
    )
    floor_bundle = fit_bundle(floor_settings, corpus, split)
    floor = _score_parts(split, {part: floor_bundle.label(split.parts()[part]) for part in SCORED_PARTS}, settings)
    floor_behaviour = run_cases(floor_bundle, cases, settings.tasks) if cases else None

    metrics = {**flat_metrics(scores), **(behaviour.metrics() if behaviour else {})}
    with replaced_folder(folder) as fresh:
        save_bundle(fresh, bundle)
        with threads(settings.training.threads):
            agreement = label_agreement(fresh, split.dev)
        if agreement:
            add_to_about(fresh, {"precisions": agreement})
        _write_evaluation(fresh / EVALUATION, bundle, split, labelled, scores, floor, metrics, curve)
        if behaviour:
            write_json(behaviour.to_dict(), fresh / EVALUATION / "behaviour.json")
        card = model_card(
            bundle.name,
            settings,
            corpus.digest,
            {part: label_counts(rows, settings.label_tasks) for part, rows in split.parts().items()},
            scores,
            floor,
            (behaviour, floor_behaviour) if behaviour and floor_behaviour else None,
            agreement,
        )
        write_text(card, fresh / CARD_FILE)
    logged, problem = None, ""
    if settings.tracking.enabled:
        on_message("Logging the run with MLflow")
        record = RunRecord(
            folder, bundle, f"{folder.name} seed {settings.training.seed}", metrics, curve, split.parts(), seconds
        )
        try:
            logged = log_run(record, settings.tracking)
        except TrackingError as error:
            problem = str(error)
    return Run(settings, folder, bundle.name, scores, floor, behaviour, seconds, logged, problem)


def fit_bundle(
    settings: RunConfig,
    corpus: Corpus,
    split: Split,
    on_log: Callable[[int, dict[str, float]], None] | None = None,
) -> Bundle:
    """Fit a classifier on train and its decision on dev; writes nothing."""
    with extra_installed(settings.model.kind):
        classifier = MODELS[settings.model.kind](**settings.model.params).fit(
            split.train,
            split.dev,
            inputs=settings.input,
            tasks=settings.label_tasks,
            seed=settings.training.seed,
            on_log=on_log,
        )
    decision = fit_decision(classifier.predict_proba(split.dev), split.dev, settings.label_tasks)
    return Bundle(classifier, decision, settings, corpus.digest)


def flat_metrics(scores: Mapping[str, Scores]) -> dict[str, float]:
    """`{"test.openness.macro_f1": 0.7, "test.openness.closed.f1": ...}`, as tracked."""
    flat: dict[str, float] = {}
    for part, of_part in scores.items():
        flat[f"{part}.mean_macro_f1"] = of_part.mean_macro_f1
        flat[f"{part}.statements"] = of_part.statements
        for task, of_task in of_part.tasks.items():
            flat[f"{part}.{task}.macro_f1"] = of_task.macro_f1
            flat[f"{part}.{task}.micro_f1"] = of_task.micro_f1
            flat[f"{part}.{task}.accuracy"] = of_task.accuracy
            flat[f"{part}.{task}.support"] = of_task.support
            if of_task.ece is not None:
                flat[f"{part}.{task}.ece"] = of_task.ece
            if of_task.low is not None and of_task.high is not None:
                flat[f"{part}.{task}.macro_f1_low"], flat[f"{part}.{task}.macro_f1_high"] = of_task.low, of_task.high
            for label, of_label in of_task.labels.items():
                for what in ("precision", "recall", "f1", "support"):
                    flat[f"{part}.{task}.{label}.{what}"] = getattr(of_label, what)
        if of_part.spans is not None:
            flat[f"{part}.spans.exact_f1"] = of_part.spans.exact_f1
            flat[f"{part}.spans.overlap_f1"] = of_part.spans.overlap_f1
    assert DEV_SCORE in flat
    return flat


def _behavioural_cases(settings: RunConfig) -> Cases | None:
    folder = settings.evaluation.behaviour
    if folder is None or not settings.tasks:  # the cases ask for the codebook's labels alone
        return None
    if not folder.is_dir():
        problem = "no such folder of behavioural cases; leave the key out to train without them"
        raise ConfigError(folder, None, "evaluation.behaviour", problem)
    return load_cases(folder)


def _score_parts(
    split: Split, labelled: Mapping[str, Sequence[LabelledStatement]], settings: RunConfig
) -> dict[str, Scores]:
    return {
        part: score(split.parts()[part], rows, settings.evaluation, settings.label_tasks)
        for part, rows in labelled.items()
    }


def _write_evaluation(
    folder: Path,
    bundle: Bundle,
    split: Split,
    labelled: Mapping[str, Sequence[LabelledStatement]],
    scores: Mapping[str, Scores],
    floor: Mapping[str, Scores],
    metrics: Mapping[str, float],
    curve: Sequence[tuple[int, dict[str, float]]],
) -> None:
    """Scores, predictions, pictures and a page that shows them, of dev and test."""
    tasks = bundle.config.label_tasks
    pictures: dict[str, list[Path]] = {}
    folder.mkdir()
    everything = {part: of_part.to_dict() for part, of_part in scores.items()}
    write_json(everything, folder / "scores.json")
    write_json(metrics, folder / "metrics.json")
    if curve:
        write_jsonl(({"step": step, **values} for step, values in curve), folder / "curve.jsonl")
    for part, rows in labelled.items():
        gold, pictures[part] = split.parts()[part], []
        write_statements(rows, folder / f"predictions_{part}.jsonl")
        for name, task in tasks.items():
            labels = [*task.labels, *(["none"] if task.kind == "multi" else [])]
            pictures[part].append(folder / f"confusion_{part}_{name}.png")
            draw_confusion(confusion(task, gold, rows), labels, f"{name}, {part}", pictures[part][-1])
            if task.kind == "multi":
                place = folder / f"precision_recall_{part}_{name}.png"
                draw_precision_recall(task, gold, rows, f"{name}, {part}", place)
                pictures[part] += [place] if place.exists() else []
        curves = {name: reliability(task, gold, rows) for name, task in tasks.items()}
        pictures[part].append(folder / f"reliability_{part}.png")
        draw_reliability(curves, f"Reliability, {part}", pictures[part][-1])
    both = {part: (split.parts()[part], rows) for part, rows in labelled.items()}
    write_evaluation_page(folder / "report.html", bundle.name, both, scores, floor, tasks, pictures)


def _what_is_used(corpus: Corpus, split: Split) -> str:
    sizes = ", ".join(
        f"{name} {len(rows):,} in {len({s.article_id or s.statement_id for s in rows})} articles"
        for name, rows in split.parts().items()
    )
    return f"{corpus.path}: {len(corpus):,} labelled statements ({sizes})"
