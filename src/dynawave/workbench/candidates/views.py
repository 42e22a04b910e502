"""What the API shows of models and comparisons."""

from typing import Any, Literal

from pydantic import BaseModel

from dynawave.workbench.store.models import Activation, Comparison, StoredModel


class FilmsView(BaseModel):
    """The films of a comparison; `name` is null for who does not see the project, `groups` counts films as a whole."""

    name: str | None
    part: str
    images: int
    groups: int
    flaws: int
    sha256: str


class MeasureView(BaseModel):
    """A measure of both models, and what the new one (`model`) has more, with its 95 % interval over films.

    Null where it has no meaning; there is no interval of a single film.
    """

    measure: str
    active: float | None
    new: float | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None


class ComparisonView(BaseModel):
    """A comparison of `model` with the model that was active then (`against`); `sha256` is that of the whole record."""

    id: str
    model: str
    against: str
    project: str | None
    status: Literal["queued", "running", "done", "failed"]
    progress: float
    detail: str | None
    films: FilmsView | None
    by_class: bool
    measures: list[MeasureView]
    sha256: str | None
    created: str
    created_by: str
    finished: str | None


class ModelView(BaseModel):
    """A model; `comparisons` are those with the active one, the newest first."""

    id: str
    name: str
    version: str
    sha256: str
    terms: str
    classes: list[str]
    size: int
    file: str
    who: str
    when: str
    active: bool
    comparisons: list[ComparisonView]


class ActivationView(BaseModel):
    """A decision that a model is the active one from now on: who said so, and why."""

    id: str
    model: str
    comparison: str | None
    name: str
    reason: str
    who: str
    when: str


def comparison_view(row: Comparison, named: bool) -> ComparisonView:
    """A comparison as it is now; `named` where the person may know which project's films it was made on."""
    outcome: dict[str, Any] = row.outcome
    films = outcome.get("films")
    shown = {key: films[key] for key in FilmsView.model_fields} if films else None
    if shown and not named:
        shown["name"] = None
    return ComparisonView(
        id=row.id,
        model=row.model_id,
        against=row.against_id,
        project=row.project_id if named else None,
        status=row.status,
        progress=round(row.progress, 3),
        detail=row.detail,
        films=FilmsView(**shown) if shown else None,
        by_class=outcome.get("by_class", False),
        measures=[
            MeasureView(active=each["first"], new=each["second"], **{key: each[key] for key in _SAME})
            for each in outcome.get("measures", ())
        ],
        sha256=row.sha256,
        created=row.created,
        created_by=row.created_by,
        finished=row.finished,
    )


_SAME = ("measure", "difference", "low", "high", "p")


def model_view(model: StoredModel, active: bool, comparisons: list[ComparisonView]) -> ModelView:
    """A model as it is now."""
    return ModelView(
        id=model.id,
        name=model.name,
        version=model.version,
        sha256=model.sha256,
        terms=model.terms,
        classes=model.classes,
        size=model.size,
        file=model.file_name,
        who=model.who,
        when=model.when,
        active=active,
        comparisons=comparisons,
    )


def activation_view(row: Activation) -> ActivationView:
    """A decision."""
    return ActivationView(
        id=row.id,
        model=row.model_id,
        comparison=row.comparison_id,
        name=row.name,
        reason=row.reason,
        who=row.who,
        when=row.when,
    )
