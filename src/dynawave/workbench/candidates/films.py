"""The films on which models are compared: those of a project that persons have reviewed, or the server's own set."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.load import data_hash, load_dataset
from dynawave.workbench import audit
from dynawave.workbench.corrections import HELD_OUT, VALIDATION, Reviewed, gather
from dynawave.workbench.errors import Conflict
from dynawave.workbench.store.blobs import Blobs
from dynawave.workbench.store.models import Project

Document = dict[str, Any]


@dataclass(frozen=True)
class Films:
    """Annotated films, and what the record of a comparison says of them."""

    dataset: CocoDataset
    facts: Document


def of_project(session: Session, blobs: Blobs, project_id: str, part: str) -> Films:
    """The reviewed films of a project: all of them, or a part.

    Raises:
        Conflict: there are none, or no flaw is on them.
    """
    project = session.scalars(select(Project).where(Project.id == project_id)).one()
    every = gather(session, project)
    chosen = every.only(part) if part else every
    if not chosen.images:
        raise Conflict(_none(len(every.images)))
    dataset = _dataset(chosen, blobs)
    shown = [{key: each[key] for key in ("film", "revision", "sha256")} for each in chosen.provenance]
    digest = hashlib.sha256(audit.canonical(shown)).hexdigest()
    return Films(dataset, _facts(dataset, project.name, part, digest) | {"films": shown})


def of_set(folder: Path) -> Films:
    """The set that the server was given.

    Raises:
        DatasetError: it cannot be read.
        Conflict: no flaw is on it.
    """
    dataset = load_dataset(folder)
    return Films(dataset, _facts(dataset, dataset.about.name or folder.name, "", data_hash(dataset)))


def _facts(dataset: CocoDataset, name: str, part: str, digest: str) -> Document:
    if not dataset.annotations:
        raise Conflict("There is no flaw on these films, so that no model can be better than another.")
    groups = len({image.group for image in dataset.images})
    counts = {"images": len(dataset.images), "groups": groups, "flaws": len(dataset.annotations)}
    return {"name": name, "part": part, "sha256": digest, **counts}


def _none(reviewed: int) -> str:
    if not reviewed:
        return "No film of this project is reviewed yet: on each, something is open or nobody has decided."
    return (
        f"None of the {reviewed} reviewed films is of the part {VALIDATION!r}, which one in {HELD_OUT} is by its "
        "content; review more, or compare on all of them."
    )


def _dataset(chosen: Reviewed, blobs: Blobs) -> CocoDataset:
    """The set, whose images are the blobs themselves."""
    root = blobs.path("0" * 64).parent.parent
    paths = {image.file_name: blobs.path(image.file_name).relative_to(root).as_posix() for image in chosen.images}
    images = (
        image.model_copy(update={"file_name": paths[image.file_name] + (f"#{image.page}" if image.page else "")})
        for image in chosen.images
    )
    return CocoDataset(root, tuple(images), tuple(chosen.categories.values()), tuple(chosen.annotations))
