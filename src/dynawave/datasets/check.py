"""`dynawave data check`: what is wrong with sets, and what leaks between their parts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict
from rich.table import Table

from dynawave.datasets.coco import CocoDataset, CocoImage
from dynawave.datasets.faults import gather
from dynawave.datasets.likeness import Look, look, near_duplicates
from dynawave.datasets.load import load_dataset
from dynawave.datasets.split import films
from dynawave.errors import DynaWaveError

EXAMPLES: Final = 3
"""Findings of a kind that the table names; the JSON has all."""

KIND: Final = 20
"""Films of a part from which what its images have in common is its kind, such as measured or simulated; what those of
fewer films have in common may be the very thing that they show."""

Progress = Callable[[Sequence[tuple[CocoDataset, CocoImage]]], Iterable[tuple[CocoDataset, CocoImage]]]


class Finding(BaseModel):
    """Something found: of which kind, and a sentence that names it."""

    model_config = ConfigDict(frozen=True)

    kind: str
    sentence: str


class SetSummary(BaseModel):
    """What a set holds; `parts` is the number of images by part, "" for those of none."""

    model_config = ConfigDict(frozen=True)

    path: str
    name: str
    terms: str
    images: int
    films: int
    annotations: int
    classes: list[str]
    parts: dict[str, int]


class Report(BaseModel):
    """All that was found in some sets."""

    model_config = ConfigDict(frozen=True)

    sets: list[SetSummary]
    findings: list[Finding]

    def table(self) -> Table:
        """Findings by kind: how many, and the first of them."""
        table = Table("Finding", title="Leak report", title_justify="left", show_lines=True)
        table.add_column("Number", justify="right")
        table.add_column("Such as", overflow="fold")
        for kind, count in Counter(finding.kind for finding in self.findings).items():
            first = [finding.sentence for finding in self.findings if finding.kind == kind][:EXAMPLES]
            table.add_row(kind, str(count), "\n".join(first))
        return table

    def summary(self) -> Table:
        """The sets, their sizes and terms."""
        table = Table("Set", "Parts", "Terms")
        for column in ("Images", "Films", "Annotations"):
            table.add_column(column, justify="right")
        for each in self.sets:
            parts = ", ".join(f"{part or 'no part'} {count}" for part, count in each.parts.items())
            sizes = (each.images, each.films, each.annotations)
            table.add_row(each.name or each.path, parts, each.terms or "not stated", *map(str, sizes))
        return table


@dataclass(frozen=True, slots=True)
class _Seen:
    """An image that could be read: its look, its name for a sentence, its film and its part."""

    look: Look
    name: str
    film: str
    part: str


def check(paths: Sequence[Path], progress: Progress = lambda items: items) -> Report:
    """Read sets, and every image of them once, and report all that is wrong.

    Faults of the files: images and masks that cannot be read, are missing or of another size than their annotations
    say; boxes that leave their image, are empty or inverted; annotations of images or classes that are not there;
    classes that differ between the sets or their parts. Leaks: equal pixels, or thumbnails that correlate by 0.95 and
    more, in two parts (or two sets) or in two films of one part, and films that are in two parts. Memory holds a
    thumbnail an image.

    Args:
        paths: folders, each as `load_dataset` takes it.
        progress: goes through the images, for a bar.
    """
    findings: list[Finding] = []
    sets: list[CocoDataset] = []
    for path in paths:
        with gather() as faults:
            try:
                sets.append(load_dataset(path))
            except DynaWaveError as error:
                findings.append(Finding(kind="set that cannot be read", sentence=str(error)))
        findings += [Finding(kind=fault.kind, sentence=fault.sentence) for fault in faults]
    findings += _different_classes(sets)
    seen = list(_look_at(sets, findings, progress))
    findings += [*_shared_films(seen), *_copies(seen), *_near(seen)]
    return Report(sets=[_summary(dataset) for dataset in sets], findings=findings)


def _look_at(sets: Sequence[CocoDataset], findings: list[Finding], progress: Progress) -> Iterator[_Seen]:
    items = [(dataset, image) for dataset in sets for image in dataset.images]
    for dataset, image in progress(items):
        try:
            picture = dataset.picture(image)
        except DynaWaveError as error:
            findings.append(Finding(kind="image that cannot be read", sentence=str(error)))
            continue
        name = f"{dataset.root / image.file_name}"
        if (picture.width, picture.height) != (image.width, image.height):
            sentence = (
                f"{name}: has {picture.width} x {picture.height} pixels, its annotations are for "
                f"{image.width} x {image.height}."
            )
            findings.append(Finding(kind="image of another size", sentence=sentence))
        root = str(dataset.root)
        yield _Seen(
            look(picture.pixels), name, f"{root} {image.group}", f"{root}#{image.split}" if image.split else root
        )


def _different_classes(sets: Sequence[CocoDataset]) -> Iterator[Finding]:
    for other in sets[1:]:
        ours, theirs = ([category.name for category in each.categories] for each in (sets[0], other))
        if ours != theirs:
            sentence = f"{other.root}: has the classes {', '.join(theirs)}; {sets[0].root}: {', '.join(ours)}."
            yield Finding(kind="classes that differ", sentence=sentence)


def _shared_films(seen: Sequence[_Seen]) -> Iterator[Finding]:
    parts: dict[str, set[str]] = defaultdict(set)
    for each in seen:
        parts[each.film].add(each.part)
    for film, named in parts.items():
        if len(named) > 1:
            yield Finding(kind="film in several parts", sentence=f"{film}: is in {', '.join(sorted(named))}.")


def _copies(seen: Sequence[_Seen]) -> Iterator[Finding]:
    firsts: dict[bytes, _Seen] = {}
    for each in seen:
        first = firsts.setdefault(each.look.digest, each)
        if first is not each and (place := _apart(first, each)):
            yield Finding(kind=f"copies in different {place}", sentence=f"{first.name}, {each.name}: are equal.")


def _near(seen: Sequence[_Seen]) -> Iterator[Finding]:
    many = _films_by_part(seen)
    kinds = [each.part if len(many[each.part]) >= KIND else "" for each in seen]
    for pair in near_duplicates([each.look for each in seen], kinds):
        first, second = seen[pair.first], seen[pair.second]
        if first.look.digest != second.look.digest and (place := _apart(first, second)):
            sentence = f"{first.name}, {second.name}: correlate by {pair.correlation:.3f}."
            yield Finding(kind=f"near-duplicates in different {place}", sentence=sentence)


def _films_by_part(seen: Sequence[_Seen]) -> dict[str, set[str]]:
    films_of: dict[str, set[str]] = defaultdict(set)
    for each in seen:
        films_of[each.part].add(each.film)
    return films_of


def _apart(first: _Seen, second: _Seen) -> str:
    """Whether two images are in different "parts" or "films"; "" where they belong together anyway."""
    if first.part != second.part:
        return "parts"
    return "films" if first.film != second.film else ""


def _summary(dataset: CocoDataset) -> SetSummary:
    return SetSummary(
        path=str(dataset.root),
        name=dataset.about.name,
        terms=dataset.about.terms,
        images=len(dataset.images),
        films=len(films(dataset)),
        annotations=len(dataset.annotations),
        classes=[category.name for category in dataset.categories],
        parts=dict(Counter(image.split or "" for image in dataset.images)),
    )
