from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage
from dynawave.evaluation.cache import CODE, FilmCache, hash_of_code
from dynawave.evaluation.calls import Call, Calls
from dynawave.evaluation.evaluate import Outcome, evaluate
from dynawave.records import WeldImage

KINDS = ("pore", "crack")


@pytest.fixture
def films(tmp_path: Path) -> CocoDataset:
    rng = np.random.default_rng(0)
    for name in "abc":
        cv2.imwrite(str(tmp_path / f"{name}.png"), rng.integers(0, 60000, (60, 90)).astype(np.uint16))
    return CocoDataset(
        tmp_path,
        tuple(CocoImage(id=n, file_name=f"{name}.png", width=90, height=60) for n, name in enumerate("abc", 1)),
        tuple(CocoCategory(id=n, name=kind) for n, kind in enumerate(KINDS)),
        tuple(
            CocoAnnotation(id=n, image_id=n, category_id=n % 2, bbox=(10, 10 * n, 12, 9), area=108) for n in (1, 2, 3)
        ),
    )


class Eye:
    """Says something of everything, by the film's name, and counts the films; may stop at one of them."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.seen = list[str]()
        self.stop_at = stop_at

    def __call__(self, image: WeldImage) -> Calls:
        if len(self.seen) == self.stop_at:
            raise KeyboardInterrupt
        self.seen.append(image.name)
        rng = np.random.default_rng(ord(image.name[0]))
        x, y = rng.uniform(0, 40, 2)
        calls = (Call((10.0, 11.0, 12.0, 9.0), 0.8, "pore", 0.7, (12.0, 9.0)), Call((x, y, 9.0, 9.0), 0.3, "crack"))
        probability = rng.random((60, 90)).astype(np.float32)
        return Calls(calls, probability, rng.integers(0, 3, (60, 90), np.uint8), {"pore": float(x) / 40, "crack": 0.2})


def measured(films: CocoDataset, eye: Eye, folder: Path, key: str = "eye", **more) -> Outcome:
    return evaluate(eye, films, "eye", classes=KINDS, cache=FilmCache(folder, key), **more)


def timeless(outcome: Outcome):
    return outcome.evaluation.model_copy(update={"seconds": 0})


def test_an_evaluation_that_was_killed_goes_on_to_the_same_end(films: CocoDataset, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        measured(films, Eye(stop_at=2), tmp_path / "kept")
    rest = Eye()
    found = measured(films, rest, tmp_path / "kept")
    assert rest.seen == ["c.png"]
    whole = evaluate(Eye(), films, "eye", classes=KINDS)
    assert timeless(found) == timeless(whole) and found.detections == whole.detections
    assert found.evaluation.segmentation and found.evaluation.whole_images and found.evaluation.pixel_ap
    for one, other in zip(found.films, whole.films, strict=True):
        assert (one.calls, one.sizes, one.windows, one.image_scores) == (
            other.calls,
            other.sizes,
            other.windows,
            other.image_scores,
        )
    again = Eye()
    assert timeless(measured(films, again, tmp_path / "kept")) == timeless(whole) and again.seen == []


def test_what_has_changed_is_looked_at_anew(films: CocoDataset, tmp_path: Path) -> None:
    measured(films, Eye(), tmp_path / "kept")
    other_weights = Eye()
    measured(films, other_weights, tmp_path / "kept", key="other")
    assert len(other_weights.seen) == 3
    cv2.imwrite(str(tmp_path / "b.png"), np.arange(5400, dtype=np.uint16).reshape(60, 90))
    new_film = Eye()
    measured(films, new_film, tmp_path / "kept")
    assert new_film.seen == ["b.png"]
    moved = films.annotations[0].model_copy(update={"bbox": (20.0, 10.0, 12.0, 9.0)})
    new_flaw = Eye()
    measured(replace(films, annotations=(moved, *films.annotations[1:])), new_flaw, tmp_path / "kept")
    assert new_flaw.seen == ["a.png"]


def test_a_film_whose_map_is_wanted_and_missing_is_looked_at_again(films: CocoDataset, tmp_path: Path) -> None:
    measured(films, Eye(), tmp_path / "kept")
    eye = Eye()
    measured(films, eye, tmp_path / "kept", probability=tmp_path / "maps")
    assert len(eye.seen) == 3 and len(list((tmp_path / "maps").iterdir())) == 3
    eye = Eye()
    measured(films, eye, tmp_path / "kept", probability=tmp_path / "maps")
    assert eye.seen == []


@pytest.mark.parametrize("name", ["datasets/coco.py", "datasets/published/swrd.py", "inspection/a/b/c.py"])
def test_films_are_named_by_all_code_that_they_follow_from(tmp_path: Path, name: str) -> None:
    for place in (*(f"{part}/__init__.py" for part in CODE), "workbench/page.py", name):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("pass")
    before = hash_of_code(tmp_path)
    (tmp_path / "workbench" / "page.py").write_text("return")
    assert hash_of_code(tmp_path) == before
    (tmp_path / name).write_text("return")
    changed = hash_of_code(tmp_path)
    (tmp_path / name).rename((tmp_path / name).with_name("other.py"))
    assert len({before, changed, hash_of_code(tmp_path)}) == 3
