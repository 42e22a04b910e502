"""What a table is made of, as `experiments/NAME/table.yaml` says it: data, rows, seeds, folds and measures."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Final, Self

import numpy as np
from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationError, field_validator, model_validator

from dynawave.documents import Document, Strict, check, first_problem, merge, nested, read_document
from dynawave.errors import ConfigError
from dynawave.evaluation.classification import Kinds
from dynawave.evaluation.detection import FALSE_CALLS, HIT_PERCENT
from dynawave.evaluation.evaluate import Evaluation
from dynawave.evaluation.images import Presence
from dynawave.evaluation.segmentation import Segmentation
from dynawave.reproduce.peers import Peer, find_peer, tiles_of
from dynawave.simulate.modalities import MODALITIES, Spec
from dynawave.training.config import TrainingConfig, check_config

TABLE_FILE: Final = "table.yaml"
FOLDER: Final = Path("experiments")
"""Where a table is looked for by its name."""

MEASURES: Final = (
    *(name for name, field in Evaluation.model_fields.items() if field.annotation == float | None),
    *(
        f"{part}.{field.name}"
        for part, kind in (
            ("kinds", Kinds),
            ("segmentation", Segmentation),
            ("whole_images.kinds", Kinds),
            ("presence", Presence),
        )
        for field in fields(kind)
        if field.type == float | None
    ),
    *(f"hits.{rate}" for rate in FALSE_CALLS),
    *(f"{measure}.{percent}" for measure in ("false_calls_at", "precision_at") for percent in HIT_PERCENT),
)
"""Places in the record of an evaluation that hold a figure which may be a table's."""

Name = Annotated[str, Field(pattern=r"^[\w.=+-]+$")]


class SimulatedData(Strict):
    """Pictures to simulate.

    Attributes:
        count: number of them.
        seed: number of the series.
        modality: radiograph, visual or ultrasonic.
        options: fields of the modality's specification, as of `dynawave.simulate.FilmSpec`.
    """

    count: int = Field(gt=0)
    seed: int = Field(ge=0)
    modality: str = Field("radiograph", pattern=f"^({'|'.join(MODALITIES)})$")
    options: dict[str, Any] = Field({})

    @property
    def spec(self) -> Spec:
        """What pictures to draw.

        Raises:
            ConfigError: the modality has no such option, or its value is out of range.
        """
        kind = MODALITIES[self.modality].spec
        if unknown := set(self.options) - {field.name for field in fields(kind)}:
            raise ConfigError(f"options: {sorted(unknown)[0]}: there is no such option of a {self.modality}.")
        try:
            return TypeAdapter(kind).validate_python(self.options)
        except ValidationError as error:
            raise ConfigError(f"options: {first_problem(error)}") from error

    def __str__(self) -> str:
        return f"{self.count} simulated {self.modality}s of series {self.seed}"


class PublishedData(Strict):
    """A published set, or a part of it, where the user keeps such sets; see docs/data.md.

    Attributes:
        set: name of its folder.
        part: part or parts of it, as in `neu-seg#train`; with folds they say it.
    """

    set: str = Field(pattern=r"^[\w.-]+$")
    part: str | None = None

    def path(self, root: Path, part: str | None = None) -> Path:
        """What training and evaluation are told: the folder and the part."""
        named = part or self.part
        return root / (f"{self.set}#{named}" if named else self.set)

    def __str__(self) -> str:
        return f"{self.set}, part {self.part}" if self.part else self.set


def _kind(data: Any) -> str:
    return "published" if isinstance(data, PublishedData) or (isinstance(data, dict) and "set" in data) else "simulated"


Data = Annotated[
    Annotated[PublishedData, Tag("published")] | Annotated[SimulatedData, Tag("simulated")], Discriminator(_kind)
]


class Fold(Strict):
    """Parts of a published set to train on and to measure on; no film is in both."""

    train: str
    test: str


class SearchConfig(Strict):
    """Rows that are not written by hand: one for each combination of values, or for some of these drawn at random.

    Attributes:
        base: training configuration beside the table.
        values: the values to try for each key of it, such as `objective.graph: [0, 0.1]`.
        trials: combinations to draw; None: all of them.
        seed: of the draw.
    """

    base: str
    values: dict[str, Annotated[tuple[Any, ...], Field(min_length=1)]] = Field(min_length=1)
    trials: int | None = Field(None, gt=0)
    seed: int = Field(0, ge=0)

    def combinations(self) -> list[dict[str, Any]]:
        """Values by key, for each row; the same for the same seed."""
        shape = [len(values) for values in self.values.values()]
        every = int(np.prod(shape))
        chosen = np.arange(every)
        if self.trials and self.trials < every:
            chosen = np.sort(np.random.default_rng(self.seed).choice(every, self.trials, replace=False))
        return [
            {key: values[place] for (key, values), place in zip(self.values.items(), places, strict=True)}
            for places in np.stack(np.unravel_index(chosen, shape), 1).tolist()
        ]


class TableConfig(Strict):
    """A table, as its file says it.

    Attributes:
        title: of the table.
        protocol: what is held out, and what else a reader has to know of how it is measured.
        seeds: of the runs of each row.
        train: what to train on.
        test: what to measure on; in a search this is the validation part.
        unlabelled: folder of films, such as `gdxray-welds/W0003`, where the user keeps published sets; rows whose
            `adaptation.weight` is not 0 adapt to them.
        folds: of published data; every run is then done once a fold, and its measures are means over the folds.
        measures: place of each in the record of an evaluation (`MEASURES`), and its heading; the first ranks a search
            and the seeds of a model that is kept.
        published: of a measure, what others report and who; not of runs of ours.
        rows: training configurations beside the table, without ".yaml", and what they are called; the others are
            compared with the first.
        after: a row, and the row above it whose weights, of the same seed and fold, it begins with.
        keep: the row whose model is kept, if not the first.
        peers: other networks, trained on the tiles of the first row, and what they are called; each may have a file
            beside the table, or one in `experiments/peers` for several tables.
        search: rows by combination of values, in place of `rows`.
    """

    title: str
    protocol: str = ""
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field((0, 1, 2), min_length=1)
    train: Data
    test: Data
    unlabelled: str | None = Field(None, pattern=r"^[\w-]+(/[\w-]+)*$")
    folds: tuple[Fold, ...] = ()
    measures: dict[str, str] = Field(min_length=1)
    published: dict[str, str] = Field({})
    rows: dict[Name, str] = Field({})
    after: dict[Name, Name] = Field({})
    keep: Name | None = None
    peers: dict[Name, str] = Field({})
    search: SearchConfig | None = None

    @field_validator("measures")
    @classmethod
    def _known(cls, measures: dict[str, str]) -> dict[str, str]:
        if unknown := [place for place in measures if place not in MEASURES]:
            raise ValueError(f"there is no measure {unknown[0]}; there are {', '.join(MEASURES)}")
        return measures

    @model_validator(mode="after")
    def _published_of_its_measures(self) -> Self:
        if unknown := self.published.keys() - self.measures.keys():
            raise ValueError(f"published: {min(unknown)} is no measure of this table")
        return self

    @model_validator(mode="after")
    def _folds_of_published_data(self) -> Self:
        if self.folds and not all(isinstance(data, PublishedData) for data in (self.train, self.test)):
            raise ValueError("folds are parts of published data")
        return self

    @model_validator(mode="after")
    def _one_kind_of_rows(self) -> Self:
        if bool(self.rows) == bool(self.search):
            raise ValueError("give one of rows and search")
        if self.search and self.peers:
            raise ValueError("a search has no peers")
        if both := self.rows.keys() & self.peers.keys():
            raise ValueError(f"{min(both)} is a row and a peer")
        if self.keep is not None and self.keep not in self.rows:
            raise ValueError(f"keep: {self.keep} is no row")
        return self

    @model_validator(mode="after")
    def _goes_on_from_a_row_above(self) -> Self:
        rows = list(self.rows)
        for later, earlier in self.after.items():
            if later not in rows or earlier not in rows[: rows.index(later)]:
                raise ValueError(f"after: {later} is no row below {earlier}")
        return self


@dataclass(frozen=True, slots=True)
class Row:
    """A row.

    Attributes:
        name: that of its folder.
        title: what it is called in the table.
        config: what it trains; of a peer the tiles that it is trained on.
        peer: who makes it, if not we.
        after: the row whose weights it begins with, in place of what its configuration begins with.
    """

    name: str
    title: str
    config: TrainingConfig
    peer: Peer | None = None
    after: "Row | None" = None

    @property
    def images_seen(self) -> int:
        """Tiles that its weights have been shown, those of the rows before it among them."""
        return self.config.images_seen + (self.after.images_seen if self.after else 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """A table and its rows."""

    name: str
    table: TableConfig
    rows: tuple[Row, ...]

    @property
    def kept(self) -> Row:
        """The row whose model is kept."""
        return next(row for row in self.rows if self.table.keep in (None, row.name))


def load_plan(name: str) -> Plan:
    """Read a table by its name under `experiments`, its folder or its file, and every configuration of its rows.

    Raises:
        ConfigError: there is none, or one of its files has an unknown key or a value out of range.
    """
    file = _find(name)
    table = check(TableConfig, read_document(file), file)
    for part in (table.train, table.test):
        try:
            _ = part.spec if isinstance(part, SimulatedData) else None
        except ConfigError as error:
            raise ConfigError(f"{file}: {error}") from error
    folder = file.resolve().parent
    rows = _searched(table.search, folder) if table.search else _written(table, folder)
    return Plan(folder.name, table, (*rows, *_peers(table.peers, folder, rows[0].config)))


def _find(name: str) -> Path:
    candidates = (Path(name), Path(name) / TABLE_FILE, FOLDER / name / TABLE_FILE)
    found = next((path for path in candidates if path.is_file()), None)
    if found is None:
        raise ConfigError(f"{name}: is no table, nor is there {candidates[-1]}.")
    return found


def _written(table: TableConfig, folder: Path) -> tuple[Row, ...]:
    rows: dict[str, Row] = {}
    for name, title in table.rows.items():
        file = folder / f"{name}.yaml"
        before = rows[table.after[name]] if name in table.after else None
        rows[name] = Row(name, title, _trained(read_document(file), file), after=before)
    return tuple(rows.values())


def _peers(titles: dict[str, str], folder: Path, first: TrainingConfig) -> tuple[Row, ...]:
    return tuple(Row(name, title, tiles_of(first, name), find_peer(name, folder)) for name, title in titles.items())


def _searched(search: SearchConfig, folder: Path) -> tuple[Row, ...]:
    base = folder / search.base
    document = read_document(base)
    rows = []
    for values in search.combinations():
        changed = document
        for key, value in values.items():
            changed = merge(changed, nested(key, value))
        name = "+".join(f"{key.rpartition('.')[2]}={value}" for key, value in values.items())
        rows.append(Row(name, name.replace("+", ", "), _trained(changed, f"{base} with {name}")))
    return tuple(rows)


def _trained(document: Document, source: Path | str) -> TrainingConfig:
    return check_config(document, source)
