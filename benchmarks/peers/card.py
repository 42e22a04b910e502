"""How a peer's ONNX file says what it was trained to be shown: the card of our own models, under a key of its own."""

from pathlib import Path
from typing import Final

import onnx
import onnxruntime

from dynawave.errors import WeightsError
from dynawave.images.files import written_aside
from dynawave.inspection.runtime import ModelCard, open_session, read_model
from dynawave.taxonomy import flaw_class
from dynawave.training.config import TrainingConfig

KEY: Final = "peer"


def card_of(tiles: TrainingConfig) -> ModelCard:
    """The card of a network trained on these tiles."""
    classes = [{"name": name, "iso6520": flaw_class(name).iso6520} for name in tiles.classes]
    fields = {"schema": 1, "name": tiles.name, "version": "0", "classes": classes, "channels": tiles.channels}
    return ModelCard.model_validate({**fields, "score_threshold": 0, "mask_threshold": 0.5, **tiles.card})


def add_card(model: Path, card: ModelCard) -> None:
    """Write the card into an ONNX file."""
    proto = onnx.load(str(model))
    proto.metadata_props.add(key=KEY, value=card.model_dump_json(by_alias=True))
    with written_aside(model) as aside:
        onnx.save(proto, str(aside))


def read_card(model: Path) -> ModelCard:
    """The card of an ONNX file.

    Raises:
        WeightsError: it has none.
    """
    return card_in(open_model(model, 1), model)


def card_in(network: onnxruntime.InferenceSession, model: Path) -> ModelCard:
    """The card of an open ONNX file.

    Raises:
        WeightsError: it has none.
    """
    text = network.get_modelmeta().custom_metadata_map.get(KEY)
    if text is None:
        raise WeightsError(f"{model}: was not written by a module of benchmarks.peers.")
    return ModelCard.model_validate_json(text)


def open_model(model: Path, threads: int | None) -> onnxruntime.InferenceSession:
    """An onnxruntime session on the CPU.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    return open_session(model, read_model(model), threads)
