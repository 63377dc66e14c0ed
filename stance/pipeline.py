"""The Python API: articles, statements or bare sentences in, labelled statements out, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from stance.encoders import Precision
from stance.errors import ModelError
from stance.extraction import DEFAULT_EXTRACTOR, EXTRACTORS, Extractor
from stance.models.bundle import Bundle, load_bundle
from stance.models.extractor_bundle import load_extractor_bundle
from stance.schema import Article, LabelledStatement, Statement
from stance.sources.furniture import mark_furniture

if TYPE_CHECKING:
    import pandas

CHAMPION = "models:/stance@champion"
TAGGER, TAGGER_CHAMPION = "tagger", "models:/stance-extractor@champion"  # the one stands for the other
REMOTE_SCHEMES = ("models:/", "runs:/")
CHUNK = 512  # statements labelled at once; bounds memory, changes no label


@dataclass(frozen=True)
class Origin:
    """What a model was loaded from, so that another process can load the same."""

    folder: Path
    extractor: str | Path  # one that needs no model, by name, or a trained one's folder
    speakers: str | Path | None
    abstain_below: float
    precision: Precision | None  # never auto: what that came to

    def load(self) -> StanceModel:
        """The model again; raises like `load_model`."""
        return load_model(
            self.folder,
            self.extractor,
            speakers=self.speakers,
            abstain_below=self.abstain_below,
            precision=self.precision,
        )


class StanceModel:
    """A trained model that labels whatever it is given.

    `name` identifies kind, settings and data, and stands in every row as `model`; `origin` is None where the
    model, or its extractor, was not loaded from disk.
    """

    def __init__(
        self,
        bundle: Bundle,
        extractor: Extractor | None = None,
        abstain_below: float = 0.0,
        origin: Origin | None = None,
    ) -> None:
        self.bundle = bundle
        self.abstain_below = abstain_below
        self.extractor = extractor or load_extractor()
        self.origin = origin

    @property
    def name(self) -> str:
        return self.bundle.name

    def predict(
        self, inputs: str | Statement | Article | Iterable[str | Statement | Article]
    ) -> list[LabelledStatement]:
        """Label statements; articles are taken apart into theirs first.

        A `str` is one statement. Returns the rows in the order of the input; an article yields as many
        as it holds statements, a `str` or `Statement` exactly one.
        Raises `TypeError` for anything else.
        """
        return list(self.stream([inputs] if isinstance(inputs, (str, Statement, Article)) else inputs))

    def label_sets(
        self, rows: Sequence[LabelledStatement], task: str = "openness", coverage: float = 0.9
    ) -> list[tuple[str, ...]]:
        """Per row of `predict` the labels that hold the right one in at least `coverage` of statements like dev's.

        See `Decision.label_sets`, which this calls.
        """
        return self.bundle.decision.label_sets(rows, task, coverage)

    def predict_frame(
        self, inputs: str | Statement | Article | Iterable[str | Statement | Article]
    ) -> pandas.DataFrame:
        """Like `predict`, as a data frame with the flat columns of the CSV output."""
        from stance.report.frame import to_frame

        return to_frame(self.predict(inputs))

    def stream(self, inputs: Iterable[str | Statement | Article]) -> Iterator[LabelledStatement]:
        """Like `predict`, row by row, in memory bounded by one article and `CHUNK` statements."""
        statements = self._statements(inputs)
        while chunk := list(islice(statements, CHUNK)):
            yield from self.bundle.label(chunk, abstain_below=self.abstain_below)

    def _statements(self, inputs: Iterable[str | Statement | Article]) -> Iterator[Statement]:
        for item in inputs:
            if isinstance(item, str):
                yield Statement(item)
            elif isinstance(item, Statement):
                yield item
            elif isinstance(item, Article):
                yield from self.extractor.extract(item)
            else:
                raise TypeError(f"expected str, Statement or Article, got {type(item).__name__}")


def load_model(
    source: str | Path = CHAMPION,
    extractor: str | Path | Extractor | None = None,
    *,
    speakers: str | Path | None = None,
    abstain_below: float = 0.0,
    precision: Precision | None = None,
) -> StanceModel:
    """Load a model from a folder or an MLflow URI (`models:/stance@champion`, `runs:/ID/model`).

    `extractor` finds the statements of articles, by default the one of the model's config; `speakers` is a
    CSV file of known speakers. See `load_extractor`. Openness and stance less probable than `abstain_below`,
    in [0, 1], are left empty. `precision` makes transformers faster: fp32, bf16, int8, or auto for the
    fastest here that keeps the labels.
    Raises `ModelError` if there is none there, or none that can be read and trusted.
    """
    if str(source).startswith(REMOTE_SCHEMES):
        from stance.tracking import fetch_model

        try:
            source = fetch_model(str(source))
        except ModelError as error:
            if str(source) != CHAMPION:
                raise
            raise ModelError(f"{error}; run `stance train CONFIG` first, or name a model folder with --model") from None
    bundle = load_bundle(source, precision)
    wanted = bundle.config.extraction
    named, speakers = extractor or wanted.extractor or DEFAULT_EXTRACTOR, speakers or wanted.speakers
    if not isinstance(named, (str, Path)):
        return StanceModel(bundle, named, abstain_below)
    place = _extractor_place(named)
    origin = Origin(Path(source).resolve(), place, speakers, abstain_below, bundle.precision)
    return StanceModel(bundle, load_extractor(place, speakers=speakers), abstain_below, origin)


def load_extractor(source: str | Path | Extractor | None = None, *, speakers: str | Path | None = None) -> Extractor:
    """What finds statements: `rules`, `tagger` (its champion), a trained one's folder, or an MLflow URI.

    `speakers` is a CSV file of known speakers (`speaker_id,name,aliases,side`) on top of the packaged ones.
    An extractor loaded before is given back as it is.
    Raises `ModelError` if there is none there, or none that can be read and trusted, and `InputError` for
    an unreadable file of speakers.
    """
    if source is not None and not isinstance(source, (str, Path)):
        return source
    place = _extractor_place(source or DEFAULT_EXTRACTOR)
    if isinstance(place, str):
        found: Extractor = EXTRACTORS[place](speakers=speakers)
        return found
    return load_extractor_bundle(place).extractor(speakers)


def _extractor_place(source: str | Path) -> str | Path:
    """A name in `EXTRACTORS`, or the local folder of a trained extractor; raises `ModelError` where there is none."""
    name = str(source)
    if name in EXTRACTORS:
        return name
    if name == TAGGER or name.startswith(REMOTE_SCHEMES):
        from stance.tracking import fetch_model

        try:
            return fetch_model(TAGGER_CHAMPION if name == TAGGER else name)
        except ModelError as error:
            hint = "run `stance train configs/extractor.yaml` first, or name an extractor's folder with --extractor"
            raise ModelError(f"{error}; {hint}") from None
    folder = Path(name)
    if not folder.is_dir():
        allowed = f"{', '.join(EXTRACTORS)}, {TAGGER}, a folder made by `stance train configs/extractor.yaml`"
        raise ModelError(f"no extractor {name!r} (allowed: {allowed}, an MLflow URI)")
    return folder.resolve()


def extract(
    article: str | Article,
    extractor: str | Path | Extractor = DEFAULT_EXTRACTOR,
    *,
    speakers: str | Path | None = None,
) -> list[Statement]:
    """The statements of an article, each with its speaker, in reading order.

    A bare string is an article's text; page furniture in it is passed over. For many articles load a
    tagger once by `load_extractor` and pass it as `extractor`.
    `text == article.text[start:end]` holds for every statement.
    """
    if isinstance(article, str):
        article = Article(article, furniture=mark_furniture(article))
    return load_extractor(extractor, speakers=speakers).extract(article)
