"""The table of known speakers: what is packaged, what a caller adds, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.errors import InputError
from stance.extraction import EXTRACTORS
from stance.extraction.naming import read_places, read_table, slug
from stance.extraction.rules import RulesExtractor
from stance.schema import Article

SPELLINGS = [
    ("Volodymyr Zelenskyj", "volodymyr_zelensky"),
    ("Dimitri Peskov", "dmitry_peskov"),
    ("Sergey Lavrov", "sergei_lavrov"),
    ("Olena Zelenska", None),
    ("Sergei Naryshkin", None),
]


@pytest.mark.parametrize(("name", "speaker_id"), SPELLINGS)
def test_spellings_of_known_speakers(name: str, speaker_id: str | None) -> None:
    table = read_table()
    row = table.exact(name.split()) or table.alike(name.split())
    assert (row.speaker_id if row else None) == speaker_id


def test_every_packaged_side_is_written_one_way() -> None:
    places = read_places()
    assert places.side("Kyiv") == places.side("Ukrainian") == places.side("ukraine") == "Ukraine"
    assert places.side("Kremlin") == places.side("Moscow") == "Russia"
    assert places.side("Atlantis") == ""


def test_slug_is_plain() -> None:
    assert slug(["Lucía", "Ferrant-Øst"]) == "lucia_ferrant_ost"


def test_a_callers_table_comes_on_top(tmp_path: Path) -> None:
    path = tmp_path / "speakers.csv"
    path.write_text("speaker_id,name,aliases,side\nilya_dorn,Ilya Dorn,Ilja Dorn|Dorn,Veltria\n", encoding="utf-8")
    found = RulesExtractor(speakers=path).extract(Article(text="Dorn said no. Putin said no."))
    assert [(s.speaker_id, s.side) for s in found] == [("ilya_dorn", "Veltria"), ("vladimir_putin", "Russia")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name,aliases,side\nIlya Dorn,,Veltria\n", ["speakers.csv:1", "speaker_id"]),
        ("speaker_id,name,aliases,side\n,Ilya Dorn,,Veltria\n", ["speakers.csv:2", "speaker_id"]),
        ("speaker_id,name,aliases,side\nilya_dorn\n", ["speakers.csv:2", "name"]),
    ],
)
def test_a_broken_table_is_named(tmp_path: Path, content: str, says: list[str]) -> None:
    path = tmp_path / "speakers.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        RulesExtractor(speakers=path)
    assert all(part in str(caught.value) for part in says)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        RulesExtractor(speakers=tmp_path / "nowhere.csv")


def test_the_registry_knows_the_rules() -> None:
    assert EXTRACTORS["rules"] is RulesExtractor
    with pytest.raises(KeyError, match="rules"):
        EXTRACTORS["magic"]
