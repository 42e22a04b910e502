"""The training configuration: one YAML file, checked before anything runs."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator

from dynawave.documents import Document, Strict, check, first_problem, read_document
from dynawave.errors import ConfigError
from dynawave.images.normalise import Channels
from dynawave.training.card import card_fields


def _rising(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] > limits[1]:
        raise ValueError("the lower end comes first")
    return limits


Item = TypeVar("Item")


def _distinct(items: tuple[Item, ...]) -> tuple[Item, ...]:
    if len(set(items)) < len(items):
        raise ValueError("one is given twice")
    return items


class NetworkConfig(Strict):
    """Shape of the network; see `dynawave.network.model.DynaWaveNet`."""

    width: int = Field(48, ge=12, le=256, multiple_of=3)
    dgae_levels: tuple[Literal[4, 8, 16, 32], ...] = (8, 16, 32)
    wavelet: Literal["haar", "db2"] = "haar"
    fdsa: bool = True
    fadsf: bool = True
    context: bool = False
    propagation: bool = False
    relations: bool = False
    relation_threshold: float = Field(0.1, ge=0, lt=1)
    pretrained: bool = True


Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ObjectiveConfig(Strict):
    """How much each term of the objective counts; a term of weight 0 is not computed.

    Attributes:
        flaw: is there a flaw in the cell (13).
        kinds: which kind it is (6, 13), of several classes.
        boxes: overlap of the box (14).
        spread: likelihood of its sides (5).
        iou: predicted overlap.
        field: flaw intensity (12).
        pixels: class of each pixel (6, 12), of several classes, where a set gives every pixel one.
        image: classes in the tile.
        similarity: structural similarity of the field (29).
        wave: agreement of decoder and frequency features in the wavelet domain (30).
        expert: agreement of intermediate features with expert maps (15).
        distill: agreement of features with the teacher's (37).
        graph: smoothness of overlapping boxes' embeddings (43).
        temporal: agreement of the field with the teacher's (38).
    """

    flaw: Weight = 1.0
    kinds: Weight = 0.5
    boxes: Weight = 2.0
    spread: Weight = 0.15
    iou: Weight = 0.5
    field: Weight = 2.0
    pixels: Weight = 0.0
    image: Weight = 0.1
    similarity: Weight = 0.0
    wave: Weight = 0.0
    expert: Weight = 0.0
    distill: Weight = 0.0
    graph: Weight = 0.0
    temporal: Weight = 0.0

    @property
    def taught(self) -> bool:
        """Whether a teacher is asked."""
        return self.distill > 0 or self.temporal > 0


Share = Annotated[float, Field(ge=0, le=1)]
Stride = Literal[4, 8, 16, 32]
Layer = Literal["pyramid_4", "pyramid_8", "pyramid_16", "pyramid_32", "decoded_4", "decoded_8", "decoded_16"]


class GuidanceConfig(Strict):
    """Guided Progressive Distillation (paper 3.4); how much its terms count stands in `ObjectiveConfig`.

    Attributes:
        epsilon: share of the prior in the target of a flaw's kind (31), of several classes; 0: the label alone.
        balanced: rare kinds count more (34).
        warm_up: layers whose features are distilled, and the share of the training after which each counts in
            full (36): coarse ones settle first.
        boxes: of a tile that the graph joins.
        overlap: IoU above which two of them are joined (40).
        locality_px: distance of their centres at which an edge's weight has fallen to 1/e (41).
        expert_strides: levels of the pyramid that the expert maps are injected into (15).
        expert_warm_up: share of the training after which the injection has its full weight.
    """

    epsilon: Share = 0.0
    balanced: bool = False
    warm_up: dict[Layer, Share] = Field(
        {"pyramid_32": 0.05, "decoded_16": 0.1, "decoded_8": 0.15, "decoded_4": 0.2}, min_length=1
    )
    boxes: int = Field(64, ge=2)
    overlap: float = Field(0.3, ge=0, lt=1)
    locality_px: float = Field(32.0, gt=0)
    expert_strides: Annotated[tuple[Stride, ...], AfterValidator(_distinct)] = Field((4, 8), min_length=1)
    expert_warm_up: Share = 0.5


class SimulationConfig(Strict):
    """Films that are drawn while training goes on; which of them a tile may show depends on the tile's number alone.

    Attributes:
        seed: number of the series.
        physics: radiographs from X-ray physics and metallurgy.
        width: columns of a film.
        height: rows of a film.
        films: how many a batch is drawn from.
        tiles: of the mix after which a film gives way to a new one: many cost less, few show more films.
    """

    seed: int = Field(0, ge=0)
    physics: bool = False
    width: int = Field(1400, ge=256, le=8192)
    height: int = Field(640, ge=256, le=8192)
    films: int = Field(4, gt=0)
    tiles: int = Field(20, gt=0)


class SourceConfig(Strict):
    """Where tiles come from: one of the data folders, or films simulated on the fly.

    Attributes:
        share: weight of its tiles in the mix.
        exclude_films: films of the folder never to train on (the test part of a fold).
        rounded: a flaw of which only the box is known is taken as that box with round corners, see `raster.rounded`.
        simulate: the films to simulate, in place of a folder.
    """

    share: float = Field(1.0, gt=0)
    exclude_films: tuple[str, ...] = ()
    rounded: bool = False
    simulate: SimulationConfig | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.simulate and self.exclude_films:
            raise ValueError("a simulated source has no films to exclude")
        return self


Scale = Annotated[float, Field(gt=0)]

MOMENTUM: Final = (0.95, 0.999)
"""Range of mu (46), the `ema` of a run with a teacher."""


class Photometry(Strict):
    """How the exposure and the scan of a tile vary; each value is a range or a probability, see `augment.expose`.

    Attributes:
        colour: of pictures in colour, how far colours are deepened or paled and drift to red, green or blue.
    """

    gamma: float = Field(0.35, ge=0, le=1)
    contrast: float = Field(0.25, ge=0, le=0.9)
    blur_px: float = Field(1.4, ge=0)
    noise: float = Field(0.02, ge=0)
    inverted: float = Field(0.05, ge=0, le=1)
    colour: float = Field(0.0, ge=0, le=1)


class AugmentConfig(Photometry):
    """How tiles vary; each value is a range or a probability.

    Attributes:
        upright: pictures have a top and a bottom, as scans of a depth do: mirrored left to right, no quarter turns.
        forget: how often the whole context of a tile is left out and, of those that are left, each field.
    """

    scale: Annotated[tuple[Scale, Scale], AfterValidator(_rising)] = (0.7, 1.45)
    rotation_deg: float = Field(12.0, ge=0, le=45)
    upright: bool = False
    forget: float = Field(0.25, ge=0, le=1)


class PerturbConfig(Photometry):
    """How strongly a tile of an unlabelled film is changed before the student sees it.

    Attributes:
        holes: rectangles that are blanked out.
        hole: longest side of one, as a share of the tile's.
    """

    gamma: float = Field(0.6, ge=0, le=1)
    contrast: float = Field(0.5, ge=0, le=0.9)
    blur_px: float = Field(2.0, ge=0)
    noise: float = Field(0.05, ge=0)
    inverted: float = Field(0.0, ge=0, le=1)
    holes: int = Field(3, ge=0)
    hole: float = Field(0.25, gt=0, le=0.5)


class AdaptationConfig(Strict):
    """Learning from films that nobody has labelled (`dynawave train --unlabelled`), see `distillation.adaptation`.

    Attributes:
        weight: of all its terms; 0: the films are not even read. Terms that labelled films have too count in the same
            proportions as theirs (`ObjectiveConfig`).
        share: tiles of unlabelled films for each tile of labelled ones.
        flaw_from: intensity S(p) from which on the teacher is sure of a flaw.
        sound_to: intensity, and flaw score of a cell, up to which it is sure of sound metal.
        box_from: flaw score of a cell from which on its box counts.
        features: weight of the features' agreement (37), in the layers and with the warm-up of `GuidanceConfig`.
        warm_up: share of the training after which `weight` is reached.
        exclude_films: files of the folder, by their names without suffix, never to learn from.
        terms: what restricts a model that has learned from these films to research, in words; "" for nothing.
        perturb: what the student has to see through.
    """

    weight: Weight = 1.0
    share: float = Field(0.5, gt=0, le=8)
    flaw_from: float = Field(0.8, gt=0, lt=1)
    sound_to: float = Field(0.05, gt=0, lt=1)
    box_from: float = Field(0.4, gt=0, lt=1)
    features: Weight = 0.5
    warm_up: Share = 0.1
    exclude_films: tuple[str, ...] = ()
    terms: str = ""
    perturb: PerturbConfig = PerturbConfig()

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.sound_to >= min(self.flaw_from, self.box_from):
            raise ValueError("sound_to lies below flaw_from and box_from")
        return self


class StartConfig(Strict):
    """Weights to start from, in place of the ImageNet backbone alone; what they lack begins as ever.

    Attributes:
        weights: name of weights that come with the package and restrict nobody.
        parts: of the network that take them, such as `backbone`; none: whatever fits.
    """

    weights: Literal["film"] = "film"
    parts: tuple[str, ...] = ()


class TrainingConfig(Strict):
    """Everything a run depends on besides its data.

    Attributes:
        name: name of the weights: letters, digits, ".", "-" and "_".
        classes: class names of the model; `("flaw",)` merges whatever the data names, the name of a family (see
            `dynawave.taxonomy.FAMILIES`) all flaws of it.
        touching: of a model of one class: whether flaws that touch are one, as where a mask says only which pixels are
            flawed, or stay apart, as things that lie side by side.
        start: weights to start from, where the command line names none.
        channels: what the network is shown of a picture in colour: its brightness, at three ranges of contrast, or red,
            green and blue; goes into the model card, so that inspection does the same.
        images_seen: training budget in tiles; minutes mean little across machines. 0 keeps the weights that it starts
            from: a row of a table that is measured only.
        epoch_images: tiles between two checkpoints.
        tile: edge of a tile in pixels.
        flaw_share: share of tiles drawn about a flaw; the others are drawn anywhere.
        batch: tiles a step.
        learning_rate: peak of the cosine schedule.
        backbone_rate: share of it that the backbone learns at. Its norms are folded into its convolutions, so steps
            that are too large drive its deepest stage into saturation, for good.
        warmup_steps: steps of linear warm-up.
        ema: decay of the averaged weights that are kept (0: none); they are the teacher, too, see `GuidanceConfig`.
        seed: seed of weights, tiles and augmentation.
        precision: "auto" is bf16 on a GPU and float32 on a CPU; on one with matrix units for it, "bf16-mixed" takes a
            fifth less time, see `network.depthwise`.
        card: fields of the exported model's card that suit it, such as tile, scale and decode.
    """

    name: str = Field("film", pattern=r"^[\w.-]+$")
    classes: Annotated[tuple[str, ...], AfterValidator(_distinct)] = Field(("flaw",), min_length=1)
    touching: Literal["merged", "apart"] = "merged"
    network: NetworkConfig = NetworkConfig()
    start: StartConfig | None = None
    objective: ObjectiveConfig = ObjectiveConfig()
    guidance: GuidanceConfig = GuidanceConfig()
    sources: tuple[SourceConfig, ...] = Field((SourceConfig(),), min_length=1)
    augment: AugmentConfig = AugmentConfig()
    adaptation: AdaptationConfig = AdaptationConfig()
    channels: Channels = "grey"
    images_seen: int = Field(24_000, ge=0)
    epoch_images: int = Field(1_600, gt=0)
    tile: int = Field(256, ge=64, multiple_of=32)
    flaw_share: float = Field(0.6, ge=0, le=1)
    batch: int = Field(16, gt=0)
    learning_rate: float = Field(1e-4, gt=0)
    backbone_rate: float = Field(1.0, ge=0, le=1)
    weight_decay: float = Field(1e-2, ge=0)
    clip_norm: float = Field(1.0, gt=0)
    warmup_steps: int = Field(100, ge=0)
    ema: float = Field(0.995, ge=0, lt=1)
    seed: int = Field(0, ge=0)
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto"
    workers: int = Field(1, ge=0)
    card: dict[str, Any] = Field({})

    @field_validator("objective")
    @classmethod
    def _terms(cls, objective: ObjectiveConfig, info: ValidationInfo) -> ObjectiveConfig:
        network = info.data.get("network")
        if network and objective.wave > 0 and not network.fdsa:
            raise ValueError("wave compares with the frequency attention, which network.fdsa switches off")
        return objective

    @field_validator("channels")
    @classmethod
    def _shown(cls, channels: Channels, info: ValidationInfo) -> Channels:
        objective = info.data.get("objective")
        if objective and objective.expert > 0 and channels == "colour":
            raise ValueError("the rules of objective.expert read the contrast channel of grey pictures")
        return channels

    @field_validator("ema")
    @classmethod
    def _momentum(cls, ema: float, info: ValidationInfo) -> float:
        """The range of mu."""
        objective = info.data.get("objective")
        if objective and objective.taught and not MOMENTUM[0] <= ema <= MOMENTUM[1]:
            raise ValueError(f"a teacher (objective.distill, objective.temporal) needs {MOMENTUM[0]} to {MOMENTUM[1]}")
        return ema

    def overridden(self, images_seen: int | None, seed: int | None, exclude: tuple[str, ...]) -> "TrainingConfig":
        """This configuration with what the command line sets; `exclude` goes to the last source."""
        *others, last = self.sources
        last = last.model_copy(update={"exclude_films": (*last.exclude_films, *exclude)})
        changes = {"images_seen": images_seen, "seed": seed, "sources": (*others, last)}
        merged = self.model_dump() | {key: value for key, value in changes.items() if value is not None}
        try:
            return TrainingConfig.model_validate(merged)
        except ValidationError as error:
            raise ConfigError(first_problem(error)) from error


def load_config(path: Path) -> TrainingConfig:
    """Read a configuration, with what it extends (`extends: other.yaml`) filled in.

    Raises:
        ConfigError: the file is unreadable, is not YAML, names an unknown key or a value out of range.
    """
    return check_config(read_document(path), path)


def check_config(document: Document, source: Path | str) -> TrainingConfig:
    """The document as a configuration to train with.

    The card is needed when the training is over, which is late to hear of a slip. Weights that were trained with one
    can be read all the same, and exported with another card.

    Raises:
        ConfigError: a key is unknown or a value out of range, in the model's card too; the sentence names `source`.
    """
    config = check(TrainingConfig, document, source)
    try:
        card_fields(config, version="")
    except ValueError as error:
        raise ConfigError(f"{source}: card: {error}.") from error
    return config
