"""Name -> class tables whose heavy modules load only when a name is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any


class Registry(Mapping[str, Any]):
    """`Registry("model kind", {"tfidf": "stance.models.tfidf:TfidfLinear"})["tfidf"]` is the class.

    Raises `KeyError` naming the known choices for an unknown name.
    """

    def __init__(self, what: str, table: Mapping[str, str]) -> None:
        self.what = what
        self._table = dict(table)

    def __getitem__(self, name: str) -> Any:
        if name not in self._table:
            raise KeyError(f"no {self.what} {name!r} (known: {', '.join(self._table)})")
        module, attribute = self._table[name].split(":")
        return getattr(import_module(module), attribute)

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)
