"""The training configuration: one YAML file, checked before anything runs."""

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from dynawave.errors import ConfigError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _rising(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] > limits[1]:
        raise ValueError("the lower end comes first")
    return limits


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("a name is given twice")
    return names


class NetworkConfig(_Strict):
    """Shape of the network; see `dynawave.network.model.DynaWaveNet`."""

    width: int = Field(48, ge=12, le=256, multiple_of=3)
    dgae_levels: tuple[Literal[4, 8, 16, 32], ...] = (8, 16, 32)
    wavelet: Literal["haar", "db2"] = "haar"
    fdsa: bool = True
    fadsf: bool = True
    pretrained: bool = True


Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ObjectiveConfig(_Strict):
    """How much each term of the objective counts; a term of weight 0 is not computed.

    Attributes:
        flaw: is there a flaw in the cell (13).
        kinds: which kind it is (6, 13), of several classes.
        boxes: overlap of the box (14).
        spread: likelihood of its sides (5).
        iou: predicted overlap.
        field: flaw intensity (12).
        class_map: class of a pixel, of several classes.
        image: classes in the tile.
    """

    flaw: Weight = 1.0
    kinds: Weight = 0.5
    boxes: Weight = 2.0
    spread: Weight = 0.15
    iou: Weight = 0.5
    field: Weight = 2.0
    class_map: Weight = 0.5
    image: Weight = 0.1


class SimulationConfig(_Strict):
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


class SourceConfig(_Strict):
    """Where tiles come from: one of the data folders, or films simulated on the fly.

    Attributes:
        share: weight of its tiles in the mix.
        exclude_films: films of the folder never to train on (the test part of a fold).
        simulate: the films to simulate, in place of a folder.
    """

    share: float = Field(1.0, gt=0)
    exclude_films: tuple[str, ...] = ()
    simulate: SimulationConfig | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.simulate and self.exclude_films:
            raise ValueError("a simulated source has no films to exclude")
        return self


Scale = Annotated[float, Field(gt=0)]


class AugmentConfig(_Strict):
    """How tiles vary; each value is a range or a probability."""

    scale: Annotated[tuple[Scale, Scale], AfterValidator(_rising)] = (0.7, 1.45)
    rotation_deg: float = Field(12.0, ge=0, le=45)
    gamma: float = Field(0.35, ge=0, le=1)
    contrast: float = Field(0.25, ge=0, le=0.9)
    blur_px: float = Field(1.4, ge=0)
    noise: float = Field(0.02, ge=0)
    inverted: float = Field(0.05, ge=0, le=1)


class TrainingConfig(_Strict):
    """Everything a run depends on besides its data.

    Attributes:
        name: name of the weights: letters, digits, ".", "-" and "_".
        classes: class names of the model; `("flaw",)` merges whatever the data names, the name of a family (see
            `dynawave.taxonomy.FAMILIES`) all flaws of it.
        images_seen: training budget in tiles; minutes mean little across machines.
        epoch_images: tiles between two checkpoints.
        tile: edge of a tile in pixels.
        flaw_share: share of tiles drawn about a flaw; the others are drawn anywhere.
        batch: tiles a step.
        learning_rate: peak of the cosine schedule.
        warmup_steps: steps of linear warm-up.
        ema: decay of the averaged weights that are kept (0: none).
        seed: seed of weights, tiles and augmentation.
        precision: "auto" is bf16 on a GPU and float32 on a CPU, where depthwise convolutions gain nothing from bf16.
    """

    name: str = Field("film", pattern=r"^[\w.-]+$")
    classes: Annotated[tuple[str, ...], AfterValidator(_distinct)] = Field(("flaw",), min_length=1)
    network: NetworkConfig = NetworkConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    sources: tuple[SourceConfig, ...] = Field((SourceConfig(),), min_length=1)
    augment: AugmentConfig = AugmentConfig()
    images_seen: int = Field(24_000, gt=0)
    epoch_images: int = Field(1_600, gt=0)
    tile: int = Field(256, ge=64, multiple_of=32)
    flaw_share: float = Field(0.6, ge=0, le=1)
    batch: int = Field(16, gt=0)
    learning_rate: float = Field(1e-4, gt=0)
    weight_decay: float = Field(1e-2, ge=0)
    clip_norm: float = Field(1.0, gt=0)
    warmup_steps: int = Field(100, ge=0)
    ema: float = Field(0.995, ge=0, lt=1)
    seed: int = Field(0, ge=0)
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto"
    workers: int = Field(1, ge=0)

    def overridden(self, images_seen: int | None, seed: int | None, exclude: tuple[str, ...]) -> "TrainingConfig":
        """This configuration with what the command line sets; `exclude` goes to the last source."""
        *others, last = self.sources
        last = last.model_copy(update={"exclude_films": (*last.exclude_films, *exclude)})
        changes = {"images_seen": images_seen, "seed": seed, "sources": (*others, last)}
        merged = self.model_dump() | {key: value for key, value in changes.items() if value is not None}
        try:
            return TrainingConfig.model_validate(merged)
        except ValidationError as error:
            raise ConfigError(_first_problem(error)) from error


def load_config(path: Path) -> TrainingConfig:
    """Read a configuration.

    Raises:
        ConfigError: the file is unreadable, is not YAML, names an unknown key or a value out of range.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML ({str(error).splitlines()[0]}).") from error
    try:
        return TrainingConfig.model_validate(document or {})
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error)}") from error


def _first_problem(error: ValidationError) -> str:
    """The first thing wrong, by its key."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"{key}: {first['msg']}." if key else "is not a list of keys and values."
