"""What runs a trained network at prediction: torch in fp32 or bf16, or ONNX Runtime in fp32 or int8, without torch.

A runner takes padded arrays and gives arrays; which one is chosen changes speed, and probabilities by no more than
its precision. Measured in `experiments/speed`.
"""

from __future__ import annotations

import copy
import logging
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from stance.encoders import Precision
from stance.encoders.batches import padded
from stance.encoders.sources import first_line
from stance.errors import ModelError

if TYPE_CHECKING:
    import torch

Arrays = dict[str, NDArray[Any]]


class Runner(Protocol):
    """A trained network, ready to run: padded arrays in, arrays out."""

    precision: Precision

    def __call__(self, batch: Mapping[str, NDArray[Any]]) -> Arrays: ...


ONNX = "network.onnx"
OPSET = 17
LEAST_AGREEMENT = 0.995  # of labels with fp32's, below which `auto` passes a precision over
MEASURED_SECONDS = 0.3  # per precision that `auto` compares
MEASURED_SHAPE = (32, 40)  # statements, tokens


class TorchRunner:
    """A torch network, its encoder in fp32 or bf16; what surrounds the encoder stays in fp32."""

    def __init__(self, network: torch.nn.Module, precision: Literal["fp32", "bf16"] = "fp32") -> None:
        import torch

        if precision == "bf16":
            network = copy.deepcopy(network)
            network.encoder.to(torch.bfloat16)
        self.network = network
        self.precision: Precision = precision

    def __call__(self, batch: Mapping[str, NDArray[Any]]) -> Arrays:
        import torch

        self.network.eval()
        device = next(self.network.parameters()).device
        with torch.inference_mode():
            out = self.network(**{name: torch.from_numpy(values).to(device) for name, values in batch.items()})
            return {name: tensor.float().cpu().numpy() for name, tensor in out.items()}


class OnnxRunner:
    """An exported network in ONNX Runtime; int8 quantises the weights when loaded.

    int8 reads one statement at a time, unpadded: its scales are those of the whole batch, and a row must not depend on
    its company (onnxruntime issue 10111).
    """

    def __init__(self, path: Path, precision: Literal["fp32", "int8"] = "fp32") -> None:
        import onnxruntime

        self.precision: Precision = precision
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # more processes (--jobs) use more cores, and no sum changes its order
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            if precision == "int8":
                with tempfile.TemporaryDirectory() as scratch:
                    small = _quantised(path, Path(scratch) / ONNX)
                    self._session = onnxruntime.InferenceSession(small, options, providers=["CPUExecutionProvider"])
            else:
                self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # a foreign file makes the library raise anything
            raise ModelError(f"{path}: not a network that can be run ({first_line(error)})") from None
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._outputs = [out.name for out in self._session.get_outputs()]

    def __call__(self, batch: Mapping[str, NDArray[Any]]) -> Arrays:
        given = {name: values for name, values in batch.items() if name in self._inputs}
        if self.precision == "fp32":
            return dict(zip(self._outputs, self._session.run(self._outputs, given), strict=True))
        lengths = batch["attention_mask"].sum(axis=1)
        rows = [
            self._session.run(self._outputs, {name: values[i : i + 1, :length] for name, values in given.items()})
            for i, length in enumerate(lengths)
        ]
        return {name: padded([row[at][0] for row in rows]) for at, name in enumerate(self._outputs)}


def export(network: torch.nn.Module, example: Mapping[str, NDArray[Any]], outputs: Sequence[str], path: Path) -> None:
    """Write a network as ONNX; `example` is a batch with every input, each of shape (n_rows, length).

    Outputs have the rows, and `tokens` the length, of the batch they are given.
    """
    import torch

    network = copy.deepcopy(network).eval().cpu().float()  # exporting changes a module for good

    class _Positional(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
            out = self.network(**dict(zip(example, inputs, strict=True)))
            return tuple(out[name] for name in outputs)

    axes = {name: {0: "rows", 1: "length"} for name in (*example, "tokens")}
    axes |= {name: {0: "rows"} for name in outputs if name != "tokens"}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # it warns of its successor, which is nine times slower to export
        torch.onnx.export(
            _Positional().eval(),
            tuple(torch.from_numpy(values) for values in example.values()),
            str(path),
            input_names=list(example),
            output_names=list(outputs),
            dynamic_axes={name: axes[name] for name in (*example, *outputs)},
            opset_version=OPSET,
            dynamo=False,
        )


def available(folder: Path) -> tuple[Precision, ...]:
    """The precisions that this machine can run the network of a model folder in."""
    with_onnx = find_spec("onnxruntime") is not None and (folder / ONNX).is_file()
    with_torch = find_spec("torch") is not None
    found: list[Precision] = ["fp32"] if with_onnx or with_torch else []
    if with_torch and fast_in_bf16():
        found.append("bf16")
    if with_onnx and find_spec("onnx") is not None:
        found.append("int8")
    return tuple(found)


def runner_of(
    folder: Path, precision: Precision, network: Callable[[], torch.nn.Module], agreement: Mapping[str, float]
) -> Runner:
    """What runs the network of a model folder in a precision; `network` gives the torch module where that is needed.

    auto: the fastest in a short measurement here of those whose labels agree with fp32's, by `agreement`
    (precision -> share of dev's statements), in at least `LEAST_AGREEMENT`. fp32 runs in ONNX Runtime where that
    is installed, else in torch.
    Raises `ModelError` for a precision that this machine or folder lacks.
    """
    possible = available(folder)
    if precision == "auto":
        kept = [p for p in possible if p == "fp32" or agreement.get(p, 0.0) >= LEAST_AGREEMENT]
        runners = {p: runner_of(folder, p, network, agreement) for p in kept}
        if not runners:
            raise ModelError(f"{folder}: needs torch or onnxruntime: pip install 'stance-talks[transformer]'")
        return min(runners.values(), key=_seconds) if len(runners) > 1 else next(iter(runners.values()))
    if precision not in possible:
        needs = {
            "fp32": "torch or onnxruntime",
            "bf16": "torch and a processor that multiplies bfloat16",
            "int8": f"onnx, onnxruntime and {ONNX} in the model folder",
        }
        raise ModelError(f"{folder}: precision {precision} needs {needs[precision]} (here: {', '.join(possible)})")
    if precision == "bf16":
        return TorchRunner(network(), "bf16")
    if precision == "int8" or (find_spec("onnxruntime") is not None and (folder / ONNX).is_file()):
        return OnnxRunner(folder / ONNX, precision)
    return TorchRunner(network())


def _seconds(runner: Runner) -> float:
    """Seconds for one batch, the least of several."""
    batch: dict[str, NDArray[Any]] = {
        "input_ids": np.full(MEASURED_SHAPE, 5, dtype=np.int64),
        "attention_mask": np.ones(MEASURED_SHAPE, dtype=np.int64),
        "token_type_ids": np.zeros(MEASURED_SHAPE, dtype=np.int64),
        "statement_mask": np.ones(MEASURED_SHAPE, dtype=bool),
    }
    runner(batch)  # the first call prepares
    best, until = float("inf"), time.perf_counter() + MEASURED_SECONDS
    while time.perf_counter() < until:
        started = time.process_time()
        runner(batch)
        best = min(best, time.process_time() - started)
    return best


def fast_in_bf16() -> bool:
    """Does the processor (or the GPU) multiply bfloat16 itself? Elsewhere fp32 is faster."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _quantised(path: Path, place: Path) -> Path:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # it advises a step that its own optimiser has done
    try:
        quantize_dynamic(path, place, weight_type=QuantType.QInt8, per_channel=True)
    finally:
        logging.disable(before)
    return place
