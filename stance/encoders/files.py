"""A network around an encoder on disk: weights as safetensors, architecture and tokenizer as JSON, no code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stance.encoders.sources import first_line, quiet, stay_offline
from stance.errors import ModelError

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

WEIGHTS = "weights.safetensors"
ENCODER = "encoder.json"
TOKENIZER = "tokenizer.json"
MAX_JSON_BYTES = 50_000_000  # a tokenizer of a large multilingual encoder has 17 million
MAX_LAYERS = 200
UNREAD_CONFIG = ("attn_implementation", "auto_map", "dtype", "quantization_config")  # could name foreign code

NetworkT = TypeVar("NetworkT", bound="torch.nn.Module")


def save_network(network: torch.nn.Module, tokenizer: Tokenizer, folder: Path) -> None:
    """Write weights, the architecture of `network.encoder` and the tokenizer into `folder`."""
    from safetensors.torch import save_file

    config = _architecture(network.encoder.config.to_diff_dict())  # type: ignore[union-attr, operator]
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(weights, folder / WEIGHTS)
    (folder / WEIGHTS).chmod((folder / WEIGHTS).stat().st_mode | 0o044)  # safetensors makes it its owner's alone
    (folder / ENCODER).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (folder / TOKENIZER).write_text(tokenizer.to_str(), encoding="utf-8")


def load_network(folder: Path, build: Callable[[torch.nn.Module], NetworkT]) -> tuple[NetworkT, Tokenizer]:
    """Read what `save_network` wrote; `build` puts the owner's heads around a bare encoder.

    Needs neither the network nor the encoder's own package. Raises `ModelError` for a file that is missing,
    broken, oversized or not what this model kind saves.
    """
    for name in (WEIGHTS, ENCODER, TOKENIZER):
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name}: missing; the model folder is not complete")
    stay_offline()
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers import AutoConfig, AutoModel

    reading = folder / ENCODER
    try:
        described = json.loads(_small_text(folder / ENCODER))
        config = AutoConfig.for_model(**_architecture(described))
        if not 0 < int(config.num_hidden_layers) <= MAX_LAYERS:
            raise ValueError(f"num_hidden_layers is {config.num_hidden_layers}")
        reading = folder / TOKENIZER
        tokenizer = Tokenizer.from_str(_small_text(folder / TOKENIZER))
        reading = folder / WEIGHTS
        weights = load_file(folder / WEIGHTS)
        with quiet(), torch.device("meta"):  # shapes alone, so that a wrong size costs no memory
            _check_shapes(build(AutoModel.from_config(config)), weights)
        with quiet():
            network = build(AutoModel.from_config(config))
        network.load_state_dict(weights)
    except ModelError:
        raise
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{reading}: cannot be read: {error}") from None
    except Exception as error:  # a foreign config or tokenizer makes its library raise anything
        raise ModelError(f"{reading}: not what this model kind saves ({first_line(error)})") from None
    return network, tokenizer


def load_reader(folder: Path) -> tuple[Any, Tokenizer]:
    """The encoder's architecture and the tokenizer alone, without torch.

    Raises `ModelError` for a file that is missing, broken or oversized.
    """
    stay_offline()
    from tokenizers import Tokenizer
    from transformers import AutoConfig

    reading = folder / ENCODER
    try:
        config = AutoConfig.for_model(**_architecture(json.loads(_small_text(reading))))
        reading = folder / TOKENIZER
        return config, Tokenizer.from_str(_small_text(reading))
    except ModelError:
        raise
    except FileNotFoundError:
        raise ModelError(f"{reading}: missing; the model folder is not complete") from None
    except Exception as error:  # a foreign config or tokenizer makes its library raise anything
        raise ModelError(f"{reading}: not what this model kind saves ({first_line(error)})") from None


def saved_array(folder: Path, name: str) -> NDArray[Any]:
    """One of the saved weights, without torch; raises `ModelError` where it is not there."""
    from safetensors import safe_open

    try:
        with safe_open(folder / WEIGHTS, framework="numpy") as weights:
            found: NDArray[Any] = weights.get_tensor(name)
    except Exception as error:  # missing, broken or foreign
        raise ModelError(f"{folder / WEIGHTS}: {name} cannot be read ({first_line(error)})") from None
    return found


def _architecture(config: dict[str, Any]) -> dict[str, Any]:
    """The part of an encoder's config that says how it is built."""
    return {name: value for name, value in config.items() if name[0] != "_" and name not in UNREAD_CONFIG}


def _small_text(path: Path) -> str:
    size = path.stat().st_size
    if size > MAX_JSON_BYTES:
        raise ModelError(f"{path}: is {size:,} bytes; at most {MAX_JSON_BYTES:,} are read")
    return path.read_text(encoding="utf-8")


def _check_shapes(network: torch.nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Do the weights fit the network, name by name?"""
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    given = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if wanted != given:
        odd = sorted(name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name))
        raise ValueError(f"{len(odd)} weights missing, foreign or of another shape, {odd[0]} first")
