"""The saved extractor: the same folder as a model that labels, with a trained tagger inside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stance.config import RunConfig
from stance.errors import ModelError
from stance.extraction.tagger import Tagger
from stance.extraction.tagger_extractor import TaggerExtractor
from stance.models import MODELS, TAGGERS
from stance.models.bundle import (
    MODEL_FILE,
    bundle_name,
    extra_installed,
    read_about,
    read_settings,
    write_about,
)


@dataclass(frozen=True)
class ExtractorBundle:
    """A trained tagger with its settings."""

    tagger: Tagger
    config: RunConfig
    data_digest: str  # sha256 of the corpus it was trained on

    @property
    def kind(self) -> str:
        return self.config.model.kind

    @property
    def name(self) -> str:
        """Kind and eight hexadecimal digits that change with settings and data."""
        return bundle_name(self.config, self.data_digest)

    def extractor(self, speakers: str | Path | None = None) -> TaggerExtractor:
        """What finds statements by it; raises `InputError` where the table of speakers cannot be read."""
        return TaggerExtractor(
            self.tagger, self.name, data=self.config.data, data_digest=self.data_digest, speakers=speakers
        )


def save_extractor_bundle(folder: Path, bundle: ExtractorBundle) -> None:
    """Write an extractor into an existing folder; the card and `evaluation/` are the trainer's to add."""
    bundle.tagger.save(folder)
    write_about(folder, bundle.config, bundle.data_digest, {})


def load_extractor_bundle(folder: str | Path) -> ExtractorBundle:
    """Read an extractor's folder.

    Raises `ModelError` for a folder that is missing, incomplete, of a newer format, of a kind that labels
    statements, or that holds anything but data.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such extractor; `stance train configs/extractor.yaml` makes one")
    about = read_about(folder / MODEL_FILE)
    if about["kind"] in MODELS:
        raise ModelError(
            f"{folder}: kind {about['kind']!r} labels statements and finds none; name it with --model, and with"
            " --extractor rules or one that finds statements"
        )
    config = read_settings(folder, about, TAGGERS)
    with extra_installed(config.model.kind):
        tagger = TAGGERS[config.model.kind].load(folder, dict(config.model.params))
    return ExtractorBundle(tagger, config, about["data_digest"])
