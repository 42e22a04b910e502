"""An ONNX model of ours in onnxruntime: what it says of itself, and its outputs for a batch of tiles."""

import hashlib
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dynawave.errors import WeightsError
from dynawave.images.normalise import Channels
from dynawave.inspection.calibration import Calibration
from dynawave.inspection.settings import DecodeSettings
from dynawave.metallurgy.vector import LAYOUT, LENGTH
from dynawave.records import ModelInfo
from dynawave.taxonomy import FlawClass, flaw_class
from dynawave.weights import find

METADATA_KEY: Final = "dynawave"
MULTIPLE: Final = 32
"""Height and width of the input are multiples of this, the network's coarsest stride."""

Maps = dict[str, NDArray[np.float32]]


class CardClass(BaseModel):
    """A class as a model's metadata names it."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1)
    iso6520: int | None = None


class ModelCard(BaseModel):
    """The JSON in an ONNX file's metadata under the key "dynawave".

    Attributes:
        schema_version: 1 ("schema" in the JSON).
        name: of the weights.
        version: of the weights.
        classes: in the order of the score maps.
        tile: side of a tile in pixels, a multiple of 32.
        overlap: pixels that neighbouring tiles share, a multiple of 32.
        score_threshold: indications with less are left out; of the score before it is calibrated.
        mask_threshold: field value from which a pixel belongs to a flaw.
        terms: of use, in words.
        channels: whether the model is shown brightness alone or colours.
        scale: how much larger than the picture is what the network is shown.
        mirrored: whether the network is shown each tile in its four mirror images, too, and asked for the mean.
        turned: whether it is shown these with rows and columns changed, too: eight views, of models that are mirrored.
        context: layout of the context that the model takes, or None where it takes none.
        decode: further `DecodeSettings` that suit these weights.
        calibration: of the scores of indications.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_version: Literal[1] = Field(alias="schema")
    name: str
    version: str
    classes: tuple[CardClass, ...] = Field(min_length=1)
    tile: int = Field(512, ge=2 * MULTIPLE, multiple_of=MULTIPLE)
    overlap: int = Field(128, ge=MULTIPLE, multiple_of=MULTIPLE)
    score_threshold: float
    mask_threshold: float
    terms: str = ""
    channels: Channels = "grey"
    scale: float = Field(1.0, ge=0.25, le=4)
    mirrored: bool = False
    turned: bool = False
    context: int | None = None
    decode: dict[str, float] = {}
    calibration: Calibration = Calibration()

    @model_validator(mode="after")
    def _check(self) -> "ModelCard":
        if self.overlap > self.tile // 2:
            raise ValueError("overlap is more than half a tile")
        if self.turned and not self.mirrored:
            raise ValueError("turned is of models that are mirrored")
        self.settings()
        return self

    def settings(self) -> DecodeSettings:
        """How to decode the maps of these weights."""
        thresholds = {"score_threshold": self.score_threshold, "mask_threshold": self.mask_threshold}
        if twice := sorted(thresholds.keys() & self.decode):
            raise ValueError(f"decode: {twice[0]} is a field of the card itself")
        return DecodeSettings(**thresholds, **self.decode)  # type: ignore[arg-type]

    def flaw_classes(self) -> tuple[FlawClass, ...]:
        """The classes as the taxonomy knows them."""
        return tuple(flaw_class(c.name, c.iso6520) for c in self.classes)


class Runtime:
    """A model that is ready to run.

    Args:
        weights: a shipped name or the path of an ONNX file.
        threads: processor threads, or None for as many as onnxruntime chooses.
        class_map: compute the class map of a model of several classes too, even if its card does not ask for that.

    Attributes:
        card: what the file says of itself.
        info: name, version, SHA-256 and terms.
        takes_context: whether it heeds what is known of the weld.
        path: the file.

    Raises:
        WeightsError: the file is missing, damaged or not one of ours.
    """

    def __init__(self, weights: str | Path = "film", threads: int | None = None, class_map: bool = True) -> None:
        self.path = find(weights)
        data = read_model(self.path)
        self._session = open_session(self.path, data, threads)
        self.card = _card(self.path, self._session)
        outputs = _outputs(self.path, self._session, len(self.card.classes))
        asked = class_map or self.card.settings().regions
        self._outputs = [name for name in outputs if asked or name != "class_map"]
        self.takes_context = _takes_context(self.path, self._session, self.card)
        self.info = ModelInfo(self.card.name, self.card.version, hashlib.sha256(data).hexdigest(), self.card.terms)

    def run(self, batch: NDArray[np.float32], context: NDArray[np.float32] | None = None) -> Maps:
        """The output maps, by name, of tiles [N, 3, H, W] as `normalise` makes them; H and W multiples of 32.

        Args:
            batch: the tiles.
            context: [LENGTH], as `context_vector` makes it, for all of them; a model that takes none leaves it alone.

        Raises:
            WeightsError: the model fails on the tiles.
        """
        inputs = {"image": batch}
        if context is not None and self.takes_context:
            inputs["context"] = context[None]
        try:
            values = self._session.run(self._outputs, inputs)
        except Exception as error:  # onnxruntime raises one class a status, without a common base
            raise WeightsError(f"{self.path}: the model failed on a tile ({_reason(error)}).") from error
        return dict(zip(self._outputs, values, strict=True))


def read_model(path: Path) -> bytes:
    """The bytes of an ONNX file.

    Raises:
        WeightsError: it is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path}: the weights cannot be read ({error.strerror}).") from error


def open_session(path: Path, data: bytes, threads: int | None = None) -> onnxruntime.InferenceSession:
    """A session on the processor.

    Args:
        path: of the file, to name it.
        data: what it holds.
        threads: processor threads, or None for as many as onnxruntime chooses.

    Raises:
        WeightsError: it is no ONNX model.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise WeightsError(f"{path}: not an ONNX model that can be read ({_reason(error)}).") from error


def _card(path: Path, session: onnxruntime.InferenceSession) -> ModelCard:
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise WeightsError(f"{path}: an ONNX model, but not one of DynaWave (no '{METADATA_KEY}' in its metadata).")
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "JSON"
        raise WeightsError(f"{path}: the model's metadata is wrong ({where}: {first['msg']}).") from error


def _outputs(path: Path, session: onnxruntime.InferenceSession, classes: int) -> list[str]:
    """The names of the outputs that inspection uses, once their channels are found to be right."""
    inputs = session.get_inputs()
    if [i.name for i in inputs] != ["image"] or inputs[0].type != "tensor(float)" or inputs[0].shape[1:2] != [3]:
        raise WeightsError(f"{path}: the model's input is not 'image', float32 [N, 3, H, W].")
    wanted = {"field": 1, "scores": classes, "boxes": 4, "spread": 4, "iou": 1}
    if classes > 1:
        wanted["class_map"] = classes + 1
    shapes: dict[str, list[Any]] = {o.name: o.shape for o in session.get_outputs()}
    for name, channels in wanted.items():
        if name not in shapes:
            raise WeightsError(f"{path}: the model has no output '{name}'.")
        if len(shapes[name]) != 4 or (shapes[name][1] not in (channels, None) and isinstance(shapes[name][1], int)):
            raise WeightsError(f"{path}: the model's output '{name}' does not have {channels} channels.")
    return [*wanted, *({"image_scores"} & shapes.keys())]


def _takes_context(path: Path, session: onnxruntime.InferenceSession, card: ModelCard) -> bool:
    """Whether the model has the optional input, which must then be of the one layout that is known here."""
    optional = {i.name: i.shape for i in session.get_overridable_initializers()}
    if "context" not in optional:
        return False
    if card.context != LAYOUT or optional["context"][1:] != [LENGTH]:
        raise WeightsError(f"{path}: the model takes a weld's context in a layout that this version does not know.")
    return True


def _reason(error: Exception) -> str:
    """An onnxruntime message without its status code and line breaks."""
    return " ".join(str(error).split(" : ")[-1].split()).rstrip(".")
