"""An encoder is found in a package, in the pieces of one, or in a folder; nothing is written outside the cache."""

from __future__ import annotations

import importlib.metadata
import zipfile
from pathlib import Path
from typing import Any

import pytest

from stance.encoders.sources import CACHE_VARIABLE, NEEDED, folder_in_package
from stance.errors import ModelError


class _File:
    """What `importlib.metadata.files` lists."""

    def __init__(self, path: Path) -> None:
        self.name, self.parent, self._path = path.name, path.parent, path

    def locate(self) -> Path:
        return self._path


@pytest.fixture
def in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Installs a zip of `entries` as the packages split-001, split-002 and split-003; returns the cache."""

    def install(entries: dict[str, str], missing: int = 0) -> Path:
        whole = tmp_path / "split.zip"
        with zipfile.ZipFile(whole, "w") as archive:
            for name, text in entries.items():
                archive.writestr(name, text)
        raw = whole.read_bytes()
        third = len(raw) // 3 + 1
        packages = {}
        for number in range(1, 4):
            piece = tmp_path / f"split.zip.{number:03d}"
            piece.write_bytes(raw[(number - 1) * third : number * third])
            if number != missing:
                packages[f"split-{number:03d}"] = [_File(piece)]

        def files(name: str) -> list[_File]:
            if name not in packages:
                raise importlib.metadata.PackageNotFoundError(name)
            return packages[name]

        monkeypatch.setattr(importlib.metadata, "files", files)
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
        return tmp_path / "cache"

    return install


WHOLE = {f"encoder/{name}": name * 50 for name in NEEDED}


def test_pieces_are_joined_once_and_hold_what_was_packed(in_pieces: Any) -> None:
    cache = in_pieces(WHOLE | {"readme.txt": "not beside the encoder"})
    folder = folder_in_package("split")
    assert folder.parent == cache
    assert {f.name: f.read_text() for f in folder.iterdir()} == {name: name * 50 for name in NEEDED}
    stamps = {f: f.stat().st_mtime_ns for f in folder.iterdir()}
    assert folder_in_package("split") == folder
    assert {f: f.stat().st_mtime_ns for f in folder.iterdir()} == stamps
    assert [p.name for p in cache.iterdir()] == [folder.name]


def test_a_missing_piece_is_an_error_and_leaves_nothing(in_pieces: Any) -> None:
    cache = in_pieces(WHOLE, missing=3)
    with pytest.raises(ModelError, match="its 2 pieces make no whole"):
        folder_in_package("split")
    assert not list(cache.iterdir())


def test_paths_in_the_archive_lead_nowhere(in_pieces: Any, tmp_path: Path) -> None:
    cache = in_pieces({f"../../{name}": "x" for name in NEEDED})
    folder = folder_in_package("split")
    assert folder.parent == cache
    assert sorted(f.name for f in folder.iterdir()) == sorted(NEEDED)
    assert not (tmp_path / NEEDED[0]).exists() and not (tmp_path.parent / NEEDED[0]).exists()


def test_an_archive_without_an_encoder_is_refused(in_pieces: Any) -> None:
    in_pieces({"encoder/config.json": "{}"})
    with pytest.raises(ModelError, match="no folder with config"):
        folder_in_package("split")


def test_a_package_that_is_not_there_is_named(in_pieces: Any) -> None:
    in_pieces(WHOLE)
    with pytest.raises(ModelError, match="'package:other': not installed"):
        folder_in_package("other")
