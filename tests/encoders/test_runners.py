"""Every way to run a trained network gives the labels of torch in fp32, row by row, whatever the batch."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

from stance.config import InputConfig
from stance.encoders import runners
from stance.encoders.runners import ONNX, OnnxRunner, TorchRunner, available, runner_of
from stance.errors import ModelError
from stance.models.transformer import TransformerClassifier
from stance.schema import Statement
from stance.tasks import TASKS

INPUTS = InputConfig()
TEXTS = ["No.", "We will sit down once the shelling stops.", "They must come to our capital, said the aide. " * 4, "…"]


@pytest.fixture(scope="module")
def saved(tiny_encoder, learnable, tmp_path_factory):
    """A tiny transformer that learnt a dozen statements, and its folder."""
    folder = tmp_path_factory.mktemp("saved")
    model = TransformerClassifier(encoder=str(tiny_encoder), epochs=20, batch_size=4, learning_rate=3e-3)
    model.fit(learnable, [], inputs=INPUTS, tasks=TASKS, seed=3).save(folder)
    return model, folder


def loaded(saved, precision):
    model, folder = saved
    again = TransformerClassifier.load(folder, model.get_params(), inputs=INPUTS, tasks=TASKS)
    again.use_precision(folder, precision, {})
    return again


def test_onnx_in_fp32_is_torch_within_a_ten_thousandth(saved, learnable):
    model, _ = saved
    statements = [*learnable, *map(Statement, TEXTS)]
    expected, exported = model.predict_proba(statements), loaded(saved, "fp32")
    assert isinstance(exported.runner_, OnnxRunner)
    found = exported.predict_proba(statements)
    for name in TASKS:
        assert np.abs(found.proba[name] - expected.proba[name]).max() < 1e-4
    assert np.array_equal(found.spans, expected.spans)


def test_int8_answers_a_statement_alike_alone_and_in_company(saved):
    small = loaded(saved, "int8")
    together = small.predict_proba([Statement(text) for text in TEXTS])
    for at, text in enumerate(TEXTS):
        alone = small.predict_proba([Statement(text)])
        for name in TASKS:
            assert np.array_equal(alone.proba[name][0], together.proba[name][at])


def test_bf16_leaves_the_network_itself_exact(saved, learnable):
    model, _ = saved
    before = model.predict_proba(learnable).proba["openness"]
    runner = TorchRunner(model.network_, "bf16")
    assert {p.dtype for p in runner.network.encoder.parameters()} != {p.dtype for p in model.network_.parameters()}
    assert np.array_equal(model.predict_proba(learnable).proba["openness"], before)


def test_auto_passes_over_what_changes_labels(saved, monkeypatch):
    model, folder = saved
    speeds = {"fp32": 3.0, "bf16": 2.0, "int8": 1.0}
    monkeypatch.setattr(runners, "available", lambda folder: ("fp32", "bf16", "int8"))
    monkeypatch.setattr(runners, "_seconds", lambda runner: speeds[runner.precision])

    def chosen(agreement):
        return runner_of(folder, "auto", lambda: model.network_, agreement).precision

    assert chosen({"bf16": 1.0, "int8": 1.0}) == "int8"
    assert chosen({"bf16": 0.995, "int8": 0.9949}) == "bf16"
    assert chosen({}) == "fp32"


def test_a_precision_that_is_not_there_is_refused(saved, tmp_path):
    model, folder = saved
    shutil.copytree(folder, tmp_path / "model")
    (tmp_path / "model" / ONNX).unlink()
    assert "int8" not in available(tmp_path / "model")
    with pytest.raises(ModelError, match="int8 needs onnx"):
        runner_of(tmp_path / "model", "int8", lambda: model.network_, {})
    (tmp_path / "model" / ONNX).write_bytes(b"\x80\x04foreign")
    with pytest.raises(ModelError, match="not a network that can be run"):
        runner_of(tmp_path / "model", "fp32", lambda: model.network_, {})


def test_predicts_without_torch(saved):
    model, folder = saved
    expected = model.predict_proba([Statement(TEXTS[1])]).proba["openness"][0]
    script = f"""
import importlib.util, sys
class NoTorch:
    def find_spec(self, name, *rest):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NoTorch())
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "torch" else real(name, *a)
from stance.config import InputConfig
from stance.models.transformer import TransformerClassifier
from stance.schema import Statement
from stance.tasks import TASKS
model = TransformerClassifier.load(__import__("pathlib").Path({str(folder)!r}), {{}}, inputs=InputConfig(), tasks=TASKS)
print(*model.predict_proba([Statement({TEXTS[1]!r})]).proba["openness"][0])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert np.allclose([float(share) for share in done.stdout.split()], expected, atol=1e-4)
