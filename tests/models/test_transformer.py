"""The transformer learns a dozen statements by heart, finds their conditions, and survives saving."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stance.config import InputConfig
from stance.errors import ModelError
from stance.models.transformer import TransformerClassifier
from stance.schema import LabelledStatement, Statement
from stance.tasks import CONDITIONS, TASKS

pytest.importorskip("torch")

INPUTS = InputConfig()


def tiny(encoder: Path, **params: Any) -> TransformerClassifier:
    defaults = {"epochs": 60, "batch_size": 4, "learning_rate": 3e-3, "head_factor": 2.0, "dropout": 0.0}
    return TransformerClassifier(encoder=str(encoder), **{**defaults, **params})


@pytest.fixture(scope="module")
def fitted(tiny_encoder: Path, learnable: list[LabelledStatement]) -> TransformerClassifier:
    return tiny(tiny_encoder).fit(learnable, [], inputs=INPUTS, tasks=TASKS, seed=13)


def test_learns_a_dozen_statements_by_heart(fitted: TransformerClassifier, learnable: list[LabelledStatement]) -> None:
    proba = fitted.predict_proba(learnable).proba
    for name, task in TASKS.items():
        labels = proba[name].argmax(axis=1) if task.kind == "single" else (proba[name] > 0.5).astype(int)
        assert np.array_equal(labels, task.gold(learnable)), name


def test_finds_the_words_that_state_each_condition(
    fitted: TransformerClassifier, learnable: list[LabelledStatement]
) -> None:
    spans = fitted.predict_proba(learnable).spans
    for row, statement in zip(spans, learnable, strict=True):
        for gold in statement.conditions:
            start, end = row[CONDITIONS.labels.index(gold.label)]
            assert statement.text[start:end] == gold.text


def test_spans_count_in_the_statement_though_names_are_masked(
    tiny_encoder: Path, learnable: list[LabelledStatement]
) -> None:
    named = []
    for s in learnable:
        added = "In Ostergaard-Veltria, Ilya Dorn said: "
        moved = tuple(replace(c, start=c.start + len(added), end=c.end + len(added)) for c in s.conditions)
        named.append(replace(s, text=added + s.text, conditions=moved))
    model = tiny(tiny_encoder).fit(named, [], inputs=INPUTS, tasks=TASKS, seed=13)
    for row, statement in zip(model.predict_proba(named).spans, named, strict=True):
        for gold in statement.conditions:
            start, end = row[CONDITIONS.labels.index(gold.label)]
            assert statement.text[start:end] == gold.text


def test_shapes_ranges_and_sums(fitted: TransformerClassifier, learnable: list[LabelledStatement]) -> None:
    predicted = fitted.predict_proba(learnable)
    for name, task in TASKS.items():
        values = predicted.proba[name]
        assert values.shape == (len(learnable), len(task.labels))  # labels that never occur have columns too
        assert values.dtype == np.float64
        assert ((values >= 0) & (values <= 1)).all()
        if task.kind == "single":
            assert np.allclose(values.sum(axis=1), 1, atol=1e-12)
    for row, statement in zip(predicted.spans, learnable, strict=True):
        assert (row[:, 0] >= 0).all() and (row[:, 0] < row[:, 1]).all() and (row[:, 1] <= len(statement.text)).all()


def test_label_that_train_lacks_is_not_predicted(
    fitted: TransformerClassifier, learnable: list[LabelledStatement]
) -> None:
    proba = fitted.predict_proba(learnable).proba["conditions"]
    assert (proba[:, CONDITIONS.labels.index("economic")] < 0.5).all()


def test_saved_and_reloaded_model_predicts_the_same(
    fitted: TransformerClassifier, learnable: list[LabelledStatement], tmp_path: Path
) -> None:
    fitted.save(tmp_path)
    params = fitted.get_params()
    again = TransformerClassifier.load(
        tmp_path, {**params, "encoder": "package:not-needed"}, inputs=INPUTS, tasks=TASKS
    )
    first, second = fitted.predict_proba(learnable), again.predict_proba(learnable)
    for name in TASKS:
        assert np.array_equal(first.proba[name], second.proba[name])
    assert np.array_equal(first.spans, second.spans)
    assert not [f.name for f in tmp_path.iterdir() if f.suffix not in (".safetensors", ".json", ".onnx")]


def test_a_row_does_not_depend_on_its_batch(fitted: TransformerClassifier, learnable: list[LabelledStatement]) -> None:
    statements: list[Statement] = [*learnable, Statement("No."), Statement("Talks, " * 300), Statement("")]
    together = fitted.predict_proba(statements)
    for i, statement in enumerate(statements):
        alone = fitted.predict_proba([statement])
        for name in TASKS:
            assert np.allclose(alone.proba[name][0], together.proba[name][i], atol=1e-5)
        assert np.array_equal(alone.spans[0], together.spans[i])


def test_nothing_in_nothing_out(fitted: TransformerClassifier) -> None:
    predicted = fitted.predict_proba([])
    assert {name: values.shape for name, values in predicted.proba.items()} == {
        name: (0, len(task.labels)) for name, task in TASKS.items()
    }
    assert predicted.spans.shape == (0, len(CONDITIONS.labels), 2)


def test_one_seed_gives_one_model_and_leaves_the_callers_randomness_alone(
    tiny_encoder: Path, learnable: list[LabelledStatement]
) -> None:
    def train(seed: int) -> Any:
        model = tiny(tiny_encoder, epochs=2, dropout=0.3)
        model.fit(learnable, learnable, inputs=INPUTS, tasks=TASKS, seed=seed)
        return model.predict_proba(learnable).proba["openness"]

    np.random.seed(5)
    expected = np.random.RandomState(5).rand()
    first, second, other = train(1), train(1), train(2)
    assert np.array_equal(first, second)
    assert not np.allclose(first, other)
    assert np.random.rand() == expected


def test_only_the_asked_tasks_are_learnt(tiny_encoder: Path, learnable: list[LabelledStatement]) -> None:
    model = tiny(tiny_encoder, epochs=1).fit(learnable, [], inputs=INPUTS, tasks={"stance": TASKS["stance"]}, seed=13)
    predicted = model.predict_proba(learnable)
    assert list(predicted.proba) == ["stance"]
    assert predicted.spans.shape == (len(learnable), len(CONDITIONS.labels), 2)


def test_a_worse_epoch_is_not_kept_and_training_stops(tiny_encoder: Path, learnable: list[LabelledStatement]) -> None:
    logged: list[tuple[int, dict[str, float]]] = []
    model = tiny(tiny_encoder, epochs=40, patience=2)
    model.fit(
        learnable,
        learnable,
        inputs=INPUTS,
        tasks=TASKS,
        seed=13,
        on_log=lambda step, values: logged.append((step, values)),
    )
    scores = [values["dev_macro_f1"] for _, values in logged if "dev_macro_f1" in values]
    assert 3 <= len(scores) <= 40
    assert len(scores) == min(40, int(np.argmax(scores)) + 1 + 2)
    assert any("train_loss" in values for _, values in logged)
    assert model._scores(learnable)["dev_macro_f1"] == pytest.approx(max(scores), abs=0.02)  # bf16 against fp32


def test_training_is_quiet_and_leaves_no_file(
    tiny_encoder: Path,
    learnable: list[LabelledStatement],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny(tiny_encoder, epochs=1).fit(learnable, learnable, inputs=INPUTS, tasks=TASKS, seed=13)
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["weights.safetensors", "encoder.json", "tokenizer.json"])
@pytest.mark.parametrize("fault", ["missing", "rubbish", "empty object"])
def test_a_broken_folder_is_refused_by_file(
    fitted: TransformerClassifier, tmp_path: Path, name: str, fault: str
) -> None:
    fitted.save(tmp_path)
    if fault == "missing":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(b"\x80\x04rubbish" if fault == "rubbish" else b"{}")
    with pytest.raises(ModelError, match=name):
        TransformerClassifier.load(tmp_path, fitted.get_params(), inputs=INPUTS, tasks=TASKS)


def test_weights_of_another_size_are_refused(fitted: TransformerClassifier, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    config = json.loads((tmp_path / "encoder.json").read_text())
    (tmp_path / "encoder.json").write_text(json.dumps({**config, "vocab_size": 10**10}))
    with pytest.raises(ModelError, match=r"weights\.safetensors"):
        TransformerClassifier.load(tmp_path, fitted.get_params(), inputs=INPUTS, tasks=TASKS)


@pytest.mark.parametrize(
    ("encoder", "says"),
    [
        ("package:no-such-encoder-package", "not installed"),
        ("package:numpy", "no folder with"),
        ("/no/such/folder", "no such folder"),
        ("nobody/no-such-encoder", "hub"),
    ],
)
def test_an_encoder_that_is_not_there_is_named(
    encoder: str, says: str, learnable: list[LabelledStatement], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    model = TransformerClassifier(encoder=encoder)
    with pytest.raises(ModelError, match=says) as caught:
        model.fit(learnable, [], inputs=INPUTS, tasks=TASKS, seed=13)
    assert encoder.removeprefix("package:") in str(caught.value)


def test_module_loads_without_torch() -> None:
    script = "import sys, stance.models.transformer; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
