"""Configs: every fault is one sentence with file, line, key, value and what would be right."""

from __future__ import annotations

import pytest

from stance.config import load_config, parse_yaml
from stance.errors import ConfigError
from stance.models import MODELS

FAULTS = [
    ("a misspelt section", "modle: {}", ":1: modle: unknown key", "model"),
    ("a misspelt key", "data:\n  corpsu: x", ":2: data.corpsu: unknown key", "corpus"),
    ("a misspelt hyperparameter", "model:\n  params:\n    c: 1", ":3: model.params.c: unknown key", "C"),
    ("text for a number", "training: {seed: '4'}", ":1: training.seed", '"4"'),
    ("a number out of range", "model:\n  params: {C: -1}", ":2: model.params.C: must be > 0", "-1"),
    ("a word that is no number", "model:\n  params: {C: no}", ":2: model.params.C", '"no"'),
    ("a fraction for a count", "model: {params: {min_count: 2.5}}", "model.params.min_count", "2.5"),
    ("a key given twice", "data:\n  corpus: a\n  corpus: b", ":3: data.corpus: given twice", "line 2"),
    ("an unknown model kind", "model: {kind: svm}", ":1: model.kind: unknown model kind 'svm'", "tfidf_linear"),
    ("an unknown task", "tasks: [openness, mood]", ":1: tasks", "conditions"),
    ("an unknown choice", "input: {mask: some}", ":1: input.mask", "known"),
    ("a list for a section", "data: [1]", ":1: data", "object"),
    ("broken YAML", "data: [1,", "not readable as YAML", ""),
    ("a list at the top", "- data", "must be a mapping", ""),
    ("an alias bomb", "data: &a [x]\ntasks: *a", ":1", "aliases"),
    ("a tag", "data: !!python/object:os.system {}", ":1", "not allowed"),
    ("deep nesting", "[" * 100_000, "", ""),
]


@pytest.mark.parametrize(("text", "place", "hint"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_named_with_its_place(write_config, text, place, hint):
    with pytest.raises(ConfigError) as caught:
        load_config(write_config(text), kinds=MODELS)
    assert place in str(caught.value)
    assert hint in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_scientific_notation_is_a_number(write_config):
    assert load_config(write_config("model: {params: {C: 1e-5}}"), kinds=MODELS).model.params["C"] == 1e-5


def test_no_yes_on_and_dates_stay_text():
    data, _ = parse_yaml("a: no\nb: yes\nc: on\nd: 2031-04-02\ne: 0x10\nf: 012", "x")
    assert data == {"a": "no", "b": "yes", "c": "on", "d": "2031-04-02", "e": "0x10", "f": 12}


def test_overrides_win_and_are_named_when_wrong(write_config):
    path = write_config("model: {params: {C: 1}}")
    assert load_config(path, ["model.params.C=8"], kinds=MODELS).model.params["C"] == 8
    assert load_config(path, {"model.params.C": 8}, kinds=MODELS).model.params["C"] == 8
    with pytest.raises(ConfigError, match=r"override model\.params\.C.*must be > 0"):
        load_config(path, ["model.params.C=0"], kinds=MODELS)
    with pytest.raises(ConfigError, match=r"dotted\.key=value"):
        load_config(path, ["model.params.C"], kinds=MODELS)


def test_the_filled_config_reads_back_to_itself(write_config):
    config = load_config(write_config("input: {mask: none}"), kinds=MODELS)
    assert "C" in config.model.params, "hyperparameters are filled in from the class"
    assert load_config(write_config(config.to_yaml()), kinds=MODELS) == config


def test_missing_binary_and_huge_files_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "none.yaml", kinds=MODELS)
    for name, content in (("binary", b"\xff\xfe\x00\x01"), ("huge", b"#" * 2_000_000)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigError, match=name):
            load_config(tmp_path / name, kinds=MODELS)


@pytest.mark.parametrize("name", ["baseline", "transformer"])
def test_shipped_configs_are_valid(root, name):
    assert load_config(root / "configs" / f"{name}.yaml", kinds=MODELS).output.folder.name == name
