"""Weights as safetensors: tensors and, in the header, the configuration that shapes the network."""

from collections.abc import Sequence
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from dynawave.distillation.pdps import KindStatistics
from dynawave.errors import WeightsError
from dynawave.images.files import write_bytes
from dynawave.network.model import DynaWaveNet
from dynawave.training.config import TrainingConfig
from dynawave.training.module import build_network


def save_weights(
    network: DynaWaveNet,
    config: TrainingConfig,
    path: Path,
    statistics: KindStatistics | None = None,
    terms: str = "",
) -> None:
    """Write the network's tensors, the configuration, what was counted on the training films, and their terms."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    metadata = {"dynawave": config.model_dump_json()}
    if statistics:
        metadata["kinds"] = statistics.model_dump_json()
    if terms:
        metadata["terms"] = terms
    write_bytes(path, save(tensors, metadata=metadata))


def load_weights(network: DynaWaveNet, path: Path) -> None:
    """Load the tensors of a file into a network of the same shape.

    Raises:
        WeightsError: the file is missing, damaged, or of another network.
    """
    try:
        network.load_state_dict(_read_tensors(path))
    except RuntimeError as error:
        raise WeightsError(
            f"{path}: holds the weights of another network ({str(error).splitlines()[1].strip()})."
        ) from error


def start_from(network: DynaWaveNet, path: Path, parts: Sequence[str] = ()) -> list[str]:
    """Load those tensors of a file that the network has in the same shape; the names of those it keeps as they are.

    Args:
        network: to load into.
        path: the file.
        parts: of the network that are loaded, by the names of its attributes; none: all.

    Raises:
        WeightsError: the file is missing or damaged, its backbone does not fit, or the network has no such part.
    """
    own = network.state_dict()
    known = {name.partition(".")[0] for name in own}
    if unknown := [part for part in parts if part not in known]:
        raise WeightsError(f"start.parts: the network has no {unknown[0]}; it has {', '.join(sorted(known))}.")
    tensors = {
        name: tensor for name, tensor in _read_tensors(path).items() if not parts or name.partition(".")[0] in parts
    }
    fitting = {name: tensor for name, tensor in tensors.items() if name in own and own[name].shape == tensor.shape}
    left = [name for name in own if name not in fitting]
    if strangers := [name for name in left if name.startswith("backbone.") and (not parts or "backbone" in parts)]:
        raise WeightsError(f"{path}: holds the weights of another network (no {strangers[0]} of the same shape).")
    network.load_state_dict(fitting, strict=False)
    return left


def average_weights(paths: Sequence[Path], out: Path) -> None:
    """Write the mean of weights that began as the same ones and learned apart, under the first one's configuration.

    Runs from one start end in one valley of the loss, so that their mean is about as good as asking all of them and
    costs no more than one (Wortsman et al. 2022, model soups).

    Raises:
        WeightsError: one cannot be read, or has other tensors than the first.
    """
    network, config = read_network(paths[0])
    every = [_read_tensors(path) for path in paths]
    shapes = [{name: tensor.shape for name, tensor in tensors.items()} for tensors in every]
    if other := next((path for path, each in zip(paths, shapes, strict=True) if each != shapes[0]), None):
        raise WeightsError(f"{other}: holds the weights of another network than {paths[0]}.")
    network.load_state_dict(
        {
            name: torch.stack([tensors[name].double() for tensors in every]).mean(0).to(tensor.dtype)
            for name, tensor in every[0].items()
        }
    )
    save_weights(network, config, out, terms=" ".join(dict.fromkeys(filter(None, map(terms_in, paths)))))


def terms_in(path: Path) -> str:
    """What the terms of the data mean for a model, as its weights file says; "" for nothing.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    return _header(path).get("terms", "")


def _header(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}: is not a readable safetensors file ({error}).") from error


def _read_tensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}: is not a readable safetensors file ({error}).") from error


def read_network(path: Path) -> tuple[DynaWaveNet, TrainingConfig]:
    """The network that a weights file describes, with its weights, ready to predict.

    Raises:
        WeightsError: the file is missing, damaged, or was not written by `save_weights`.
    """
    header = _header(path)
    if "dynawave" not in header:
        raise WeightsError(f"{path}: was not written by `dynawave train`: it holds no configuration.")
    try:
        config = TrainingConfig.model_validate_json(header["dynawave"])
    except ValidationError as error:
        raise WeightsError(f"{path}: its configuration is not one of this version of dynawave.") from error
    network = build_network(config, pretrained=False)
    load_weights(network, path)
    return network.eval(), config
