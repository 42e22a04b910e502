"""What the API shows of rows and states: the shapes of its answers."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dynawave.taxonomy import FlawClass, flaw_class
from dynawave.workbench.pyramid import TILE
from dynawave.workbench.state import FilmState
from dynawave.workbench.store.models import Event, Film, Job, Project

Document = dict[str, Any]

LETTERS: Final = {"crack": "E", "cavity": "A", "inclusion": "B", "fusion": "C", "shape": "F", "any": "X"}
"""Letters of the families, as the IIW collection of reference radiographs has them and ISO 6520-1 lists them."""
OWN_LETTERS: Final = {
    "lack_of_penetration": "D",
    "metallic_inclusion": "H",
    "tungsten_inclusion": "H",
    "copper_inclusion": "H",
}


class FlawView(BaseModel):
    """A flaw class: its name, number, letter and colour (#rrggbb)."""

    name: str
    iso6520: int | None
    family: str
    letter: str
    colour: str


class ProjectView(BaseModel):
    """A project."""

    id: str
    name: str
    films: int = 0


class FilmView(BaseModel):
    """A film; `limits` and `robust` are grey values, `tile` the side of a tile."""

    id: str
    project: str
    name: str
    page: int
    width: int
    height: int
    bits: int
    pixel_size_mm: float | None
    pixel_size_source: str
    modality: str | None
    header: Document
    sha256: str
    levels: int
    tile: int = TILE
    limits: tuple[float, float]
    robust: tuple[float, float]
    status: str
    revision: int
    weld: Document
    counts: Document
    signatures: list[Document] = []
    created: str
    created_by: str


class UncertaintyView(BaseModel):
    """Standard deviation of the longer side of a model's box (Eq. 5); null where a person has drawn it."""

    px: float
    mm: float | None


class IndicationView(BaseModel):
    """An indication as it is now; lengths in mm are null where the pixel size is unknown.

    `depth_mm`, depth through the wall or height, is what a person states: a film does not show it.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    id: str
    number: int
    source: Literal["model", "person"]
    state: Literal["open", "accepted", "rejected"]
    flaw: FlawView = Field(alias="class")
    score: float | None
    class_score: float | None
    box: tuple[float, float, float, float]
    polygon: list[tuple[float, float]]
    length_px: float
    width_px: float
    area_px: int
    length_mm: float | None
    width_mm: float | None
    area_mm2: float | None
    depth_mm: float | None
    cnr: float | None
    uncertainty: UncertaintyView | None
    comment: str
    history_count: int
    revision: int


class JobView(BaseModel):
    """An inspection: `progress` 0-1; `detail` says why it failed.

    `weights` is the SHA-256 of the model that was active when it was asked for, or the shipped name that was.
    """

    id: str
    film: str
    project: str
    status: str
    progress: float
    weights: str
    threshold: float | None
    model: Document
    warnings: list[str] = []
    seconds: float | None = None
    found: int | None = None
    detail: str | None
    created: str
    finished: str | None


class EventView(BaseModel):
    """One change: who, when, what from, what to, why."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    revision: int
    indication: str | None
    kind: str
    who: str
    when: str
    before: Document = Field(alias="from")
    after: Document = Field(alias="to")
    why: str
    undone: bool


def flaw_view(flaw: FlawClass) -> FlawView:
    """A class as it is shown."""
    letter = OWN_LETTERS.get(flaw.name, LETTERS[flaw.family])
    colour = "#{:02x}{:02x}{:02x}".format(*flaw.colour)
    return FlawView(name=flaw.name, iso6520=flaw.iso6520, family=flaw.family, letter=letter, colour=colour)


def project_view(project: Project, films: int) -> ProjectView:
    """A project with the number of its films."""
    return ProjectView(id=project.id, name=project.name, films=films)


def film_view(film: Film, signatures: list[Document] | None = None) -> FilmView:
    """A film as it is now."""
    return FilmView(
        id=film.id,
        project=film.project_id,
        name=film.name,
        page=film.page,
        width=film.width,
        height=film.height,
        bits=film.bits,
        pixel_size_mm=film.pixel_size_mm,
        pixel_size_source=film.pixel_size_source,
        modality=film.header.get("modality"),
        header=film.header,
        sha256=film.sha256,
        levels=film.levels,
        limits=(film.low, film.high),
        robust=(film.robust_low, film.robust_high),
        status=film.status,
        revision=film.revision,
        weld=film.weld,
        counts=film.counts,
        signatures=signatures or [],
        created=film.created,
        created_by=film.created_by,
    )


def indication_views(state: FilmState, pixel_size_mm: float | None) -> list[IndicationView]:
    """A film's indications by number."""
    ordered = sorted(state.indications.items(), key=lambda item: item[1]["number"])
    return [_indication_view(key, known, state, pixel_size_mm) for key, known in ordered]


def _indication_view(key: str, known: Document, state: FilmState, mm: float | None) -> IndicationView:
    def in_mm(pixels: float) -> float | None:
        return round(pixels * mm, 4) if mm else None

    return IndicationView(
        id=key,
        flaw=flaw_view(flaw_class(known["class"])),
        uncertainty=_uncertainty(known, mm),
        length_mm=in_mm(known["length_px"]),
        width_mm=in_mm(known["width_px"]),
        area_mm2=round(known["area_px"] * mm * mm, 4) if mm else None,
        depth_mm=known.get("depth_mm"),  # unknown to events that are older than it
        history_count=state.changes[key],
        revision=state.touched[key],
        **{name: known[name] for name in _AS_KEPT},
    )


_AS_KEPT: Final = (
    *("number", "source", "state", "score", "class_score", "box", "polygon"),
    *("length_px", "width_px", "area_px", "cnr", "comment"),
)


def _uncertainty(known: Document, mm: float | None) -> UncertaintyView | None:
    if not known["spread"]:
        return None
    left, top, right, bottom = known["spread"]
    near, far = (left, right) if known["box"][2] >= known["box"][3] else (top, bottom)
    px = float((near**2 + far**2) ** 0.5)
    return UncertaintyView(px=round(px, 2), mm=round(px * mm, 4) if mm else None)


def job_view(job: Job) -> JobView:
    """A job as it is now."""
    return JobView(
        id=job.id,
        film=job.film_id,
        project=job.project_id,
        status=job.status,
        progress=round(job.progress, 3),
        weights=job.weights,
        threshold=job.threshold,
        model=job.model,
        warnings=job.outcome.get("warnings", []),
        seconds=job.outcome.get("seconds"),
        found=job.outcome.get("found"),
        detail=job.detail,
        created=job.created,
        finished=job.finished,
    )


def event_view(event: Event, undone: set[int]) -> EventView:
    """An event without the runs of its mask, which nobody reads."""

    def short(document: Document) -> Document:
        return {key: value for key, value in document.items() if key != "mask"}

    return EventView(
        revision=event.revision,
        indication=event.indication_id,
        kind=event.kind,
        who=event.who,
        when=event.when,
        before=short(event.before),
        after=short(event.after),
        why=event.why,
        undone=event.revision in undone,
    )
