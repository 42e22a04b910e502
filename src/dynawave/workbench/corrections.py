"""What persons have decided becomes training data: COCO with provenance, and which films to look at next."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from dynawave.datasets.about import About
from dynawave.datasets.items import CocoAnnotation, CocoCategory, CocoImage
from dynawave.records import WeldContext
from dynawave.workbench import audit
from dynawave.workbench.coco import coco_parts
from dynawave.workbench.decisions import events_of
from dynawave.workbench.films import Store, context_of
from dynawave.workbench.signing import signatures
from dynawave.workbench.state import NOT_DECISIONS, FilmState, replay
from dynawave.workbench.store.models import Event, Film, Project
from dynawave.workbench.tiles import View, crop

Document = dict[str, Any]
Vector = NDArray[np.float64]

SUFFIXES: Final = ((b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"II", ".tif"), (b"MM", ".tif"))
BINS: Final = 32
TRAINING: Final = "train"
VALIDATION: Final = "validation"
HELD_OUT: Final = 5
"""One film in so many is for validation."""
NOTHING: Final = WeldContext()
TERMS: Final = "Films and decisions of the plant that exported them; whoever exports says to whom they may go."


def reviewed(film: Film, state: FilmState, events: Sequence[Event]) -> bool:
    """Whether a person has dealt with all of it: nothing is open, and somebody has decided or signed."""
    return not film.counts["open"] and any(event.kind not in NOT_DECISIONS for event in events)


@dataclass
class Reviewed:
    """The reviewed films of a project as parts of a COCO set; images are named by the SHA-256 of their files."""

    images: list[CocoImage] = field(default_factory=list)
    annotations: list[CocoAnnotation] = field(default_factory=list)
    categories: dict[str, CocoCategory] = field(default_factory=dict)
    provenance: list[Document] = field(default_factory=list)

    def only(self, part: str) -> "Reviewed":
        """Those of a part."""
        images = [image for image in self.images if image.split == part]
        kept = {image.id for image in images}
        annotations = [each for each in self.annotations if each.image_id in kept]
        provenance = [each for each in self.provenance if each["image_id"] in kept]
        return Reviewed(images, annotations, self.categories, provenance)


def part_of(sha256: str) -> str:
    """Which part a film is of: a fifth, known by the content, is never for training, so that models can be compared."""
    return VALIDATION if int(sha256[:8], 16) % HELD_OUT == 0 else TRAINING


def gather(session: Session, project: Project) -> Reviewed:
    """The reviewed films of a project with their accepted indications, and what is known of their welds."""
    found = Reviewed()
    films = list(session.scalars(select(Film).where(Film.project_id == project.id).order_by(Film.number)))
    signed = signatures(session, films)
    for film in films:
        events = events_of(session, film.id)
        state = replay(events)
        if not reviewed(film, state, events) and not any(each["valid"] for each in signed[film.id]):
            continue
        first = len(found.annotations) + 1
        image, annotations = coco_parts(film, state, len(found.images) + 1, first, found.categories, film.sha256)
        context = context_of(film)
        more = {"film": film.sha256[:16], "split": part_of(film.sha256), "page": page_of(film)}
        found.images.append(image.model_copy(update=more | {"context": None if context == NOTHING else context}))
        found.annotations += annotations
        found.provenance.append(_provenance(film, state, events, signed[film.id]) | {"image_id": image.id})
    return found


def export(session: Session, store: Store, project: Project, file: Path) -> int:
    """Write the reviewed films of a project as a COCO set in a ZIP file that `dynawave train --data` takes unpacked.

    `provenance.json` beside `coco.json` says for each film which file, revision and model, who decided what and when,
    and who signed. Returns the number of films.
    """
    found = gather(session, project)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        written: dict[str, str] = {}
        images: list[Document] = []
        for image in found.images:
            path = store.blobs.path(image.file_name)
            if image.file_name not in written:
                written[image.file_name] = f"images/{image.file_name[:16]}{_suffix(path)}"
                archive.write(path, written[image.file_name])
            name = written[image.file_name] + (f"#{image.page}" if image.page else "")
            images.append(image.model_copy(update={"file_name": name}).model_dump(mode="json", exclude_none=True))
        about = About(name=project.name, terms=TERMS)
        document = {
            "info": about.model_dump(mode="json"),
            "images": images,
            "categories": [each.model_dump(mode="json") for each in found.categories.values()],
            "annotations": [each.model_dump(mode="json", exclude_none=True) for each in found.annotations],
        }
        archive.writestr("coco.json", audit.canonical(document))
        archive.writestr("provenance.json", audit.canonical({"films": found.provenance}))
    return len(images)


def page_of(film: Film) -> int | None:
    """The film's page in its file, where that has several."""
    return film.page if film.name.endswith(f"#{film.page}") else None


def _provenance(film: Film, state: FilmState, events: Sequence[Event], signed: list[Document]) -> Document:
    decided = [
        {key: getattr(event, key) for key in ("revision", "indication_id", "kind", "who", "when", "why")}
        for event in events
        if event.indication_id and event.kind not in NOT_DECISIONS
    ]
    return {
        "film": film.id,
        "name": film.name,
        "sha256": film.sha256,
        "revision": film.revision,
        "model": state.film.get("inspection", {}).get("model"),
        "rejected": [each["box"] for each in state.indications.values() if each["state"] == "rejected"],
        "decisions": decided,
        "signatures": signed,
    }


def _suffix(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    return next((suffix for magic, suffix in SUFFIXES if head.startswith(magic)), ".dcm")


@dataclass(frozen=True)
class Candidate:
    """A film worth labelling: how unsure the model is of it (0-1), and how unlike it is to what is known (0-1)."""

    film: Film
    uncertainty: float
    novelty: float


def worth_labelling(session: Session, store: Store, project: Project, count: int) -> list[Candidate]:
    """The next films to look at: unsure ones, each unlike those that are reviewed and those chosen before it.

    Uncertainty is the chance that at least one open call is a toss-up: 1 - prod(1 - H(score)), H the binary entropy in
    bits (uncertainty sampling, Lewis and Gale 1994). Novelty is the distance of grey histograms to the nearest known
    film (farthest first, Gonzalez 1985). The product decides.
    """
    films = list(session.scalars(select(Film).where(Film.project_id == project.id).order_by(Film.number).limit(2000)))
    known: list[Vector] = []
    waiting: list[tuple[Film, float, Vector]] = []
    for film in films:
        events = events_of(session, film.id)
        state = replay(events)
        look = _look(store, film)
        if reviewed(film, state, events):
            known.append(look)
        elif film.status == "inspected":
            waiting.append((film, _uncertainty(state), look))
    chosen: list[Candidate] = []
    while waiting and len(chosen) < count:
        rated = [(_novelty(look, known), film, doubt, look) for film, doubt, look in waiting]
        novelty, film, doubt, look = max(rated, key=lambda each: (each[2] * each[0], each[0]))
        chosen.append(Candidate(film, round(doubt, 4), round(novelty, 4)))
        known.append(look)
        waiting = [each for each in waiting if each[0] is not film]
    return chosen


def _uncertainty(state: FilmState) -> float:
    scores = [each["score"] for each in state.indications.values() if each["state"] == "open" and each["score"]]
    return float(1 - np.prod([1 - _entropy(score) for score in scores]))


def _entropy(p: float) -> float:
    return 0.0 if p in (0, 1) else float(-p * np.log2(p) - (1 - p) * np.log2(1 - p))


def _look(store: Store, film: Film) -> Vector:
    """The film's histogram between its robust limits, of sum 1."""
    pyramid = store.pyramid(film)
    height, width = pyramid.levels[0].shape[:2]
    counts, _ = np.histogram(crop(pyramid, 0, (0, 0, width, height), View()), BINS, (0, 256))
    return np.asarray(counts / counts.sum(), np.float64)


def _novelty(look: Vector, known: Sequence[Vector]) -> float:
    """Total variation distance to the nearest."""
    return min((float(np.abs(look - other).sum() / 2) for other in known), default=1.0)
