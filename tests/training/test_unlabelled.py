from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.datasets.coco import load_coco
from dynawave.errors import DatasetError, ImageError
from dynawave.metallurgy.vector import context_vector
from dynawave.records import WeldContext
from dynawave.training.config import AdaptationConfig, PerturbConfig, SourceConfig, TrainingConfig
from dynawave.training.losses import Batch
from dynawave.training.tiles import TileDataset, load_pool
from dynawave.training.unlabelled import (
    MixedTiles,
    TargetBatch,
    TargetTiles,
    UnlabelledFilm,
    collate,
    draw_seen,
    find_films,
)
from toy import film, spot

MILD = PerturbConfig(gamma=0, contrast=0, blur_px=0, noise=0, holes=0)


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """Two films, of 8 and of 16 bit, and labels that cannot be read: folders."""
    folder = tmp_path / "plant"
    (folder / "more").mkdir(parents=True)
    pixels = film(140, 150, seed=5)
    spot(pixels, 70, 70)
    cv2.imwrite(str(folder / "a.png"), pixels)
    cv2.imwrite(str(folder / "more" / "b.tif"), (film(130, 150, seed=6) // 256).astype(np.uint8))
    for labels in ("coco.json", "a.txt", "a.xml", "ground_truth.txt"):
        (folder / labels).mkdir()
    return folder


@pytest.fixture
def loaded(plant: Path) -> tuple[UnlabelledFilm, ...]:
    return find_films(plant, ()).load()


def test_films_of_a_folder(plant: Path, loaded: tuple[UnlabelledFilm, ...]) -> None:
    """Every image, whatever its depth, and nothing that could be a label."""
    found = find_films(plant, ())
    assert [path.name for path in found.paths] == ["a.png", "b.tif"]
    assert [each.pixels.shape for each in loaded] == [(140, 150), (130, 150)]
    assert all(each.pixels.dtype == np.uint16 and each.limits[0] < each.limits[1] for each in loaded)
    assert [path.name for path in find_films(plant, ("a",)).paths] == ["b.tif"]
    assert found.digest == find_films(plant, ()).digest != find_films(plant, ("a",)).digest


def test_faults_are_told_in_a_sentence(plant: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DatasetError, match=r"empty: holds no unlabelled film to learn from\.$"):
        find_films(empty, ())
    with pytest.raises(DatasetError, match="holds no unlabelled film"):
        find_films(plant, ("a", "b"))
    with pytest.raises(DatasetError, match=r"none: is no folder"):
        find_films(tmp_path / "none", ())
    with pytest.raises(DatasetError, match="exclude_films names c, which is no film of this folder"):
        find_films(plant, ("a", "c"))
    (plant / "cut.png").write_bytes((plant / "a.png").read_bytes()[:200])
    with pytest.raises(ImageError, match=r"cut\.png: [^\n]*\.$"):
        find_films(plant, ()).load()


def test_a_mask_is_no_film(plant: Path) -> None:
    mask = np.zeros((140, 150), np.uint8)
    mask[60:80, 60:80] = 255
    cv2.imwrite(str(plant / "mask.png"), mask)
    with pytest.raises(DatasetError, match=r"mask\.png: holds two grey values, as a mask does"):
        find_films(plant, ()).load()


def adapting(config: TrainingConfig, **settings: object) -> TrainingConfig:
    return config.model_copy(update={"adaptation": AdaptationConfig(**settings)})  # type: ignore[arg-type]


def test_both_see_the_same_place(loaded: tuple[UnlabelledFilm, ...], config: TrainingConfig) -> None:
    """Without perturbation only digitisation and brightness differ, which contrast normalisation takes away."""
    tiles = TargetTiles(loaded, adapting(config, perturb=MILD))
    for number in range(6):
        plain, perturbed, seen, *_ = tiles[number]
        assert plain.shape == perturbed.shape == (3, 64, 64) and plain.dtype == perturbed.dtype == np.float32
        assert seen.all() and np.corrcoef(plain[1].ravel(), perturbed[1].ravel())[0, 1] > 0.97
    assert not np.array_equal(tiles[0][0], tiles[1][0])
    for one, two in zip(tiles[3], TargetTiles(loaded, tiles.config)[3], strict=True):
        np.testing.assert_array_equal(one, two)


def test_perturbations_hide_what_is_not_seen(loaded: tuple[UnlabelledFilm, ...], config: TrainingConfig) -> None:
    tiles = TargetTiles(loaded, adapting(config, perturb=PerturbConfig(holes=4, hole=0.5)))
    hidden = 0
    for number in range(6):
        plain, perturbed, seen, *_ = tiles[number]
        blank = ~np.repeat(np.repeat(seen[0], 2, 0), 2, 1)
        assert not perturbed[:, blank].any() and plain[:, blank].any(0).all()
        assert not np.array_equal(plain[:, ~blank], perturbed[:, ~blank])
        hidden += blank.sum()
    assert 0 < hidden < 6 * 64 * 64 / 2


def test_holes_are_no_larger_than_told() -> None:
    rng = np.random.default_rng(0)
    holes = [~draw_seen(rng, PerturbConfig(holes=1, hole=0.25), 64)[0] for _ in range(200)]
    extents = np.array([(hole.any(1).sum(), hole.any(0).sum()) for hole in holes])
    assert extents.min() == 4 and 7 <= extents.max() <= 8  # of 32 cells; 8 px and a quarter of the tile
    assert all(hole.sum() == rows * columns for hole, (rows, columns) in zip(holes, extents, strict=True))
    assert np.mean(holes, 0).min() >= 0 and np.mean(holes, 0)[12:20, 12:20].min() > 0


def test_the_student_is_told_less_of_the_weld(loaded: tuple[UnlabelledFilm, ...], config: TrainingConfig) -> None:
    known = WeldContext(filler="82", process="GTAW")
    films = [UnlabelledFilm(each.pixels, each.limits, known) for each in loaded]
    told = np.stack([TargetTiles(films, config)[number][3:] for number in range(24)])
    assert (told[:, 0] == context_vector(known)).all()
    assert 2 <= (told[:, 1] == context_vector(known)).all(1).sum() <= 22


@pytest.mark.parametrize(("share", "count"), [(0.1, 1), (0.5, 2), (1.0, 4), (1.75, 7)])
def test_batches_hold_both(
    films: Path, loaded: tuple[UnlabelledFilm, ...], config: TrainingConfig, share: float, count: int
) -> None:
    """So many unlabelled tiles a batch, no two alike; labelled ones are those of a run without."""
    config = adapting(config.model_copy(update={"batch": 4}), share=share)
    labelled = TileDataset([load_pool(load_coco(films), SourceConfig(), config.classes)], config, 8, 8)
    target = TargetTiles(loaded, config)
    mixed = MixedTiles(labelled, target)
    assert len(mixed) == 8
    seen = []
    for first in (0, 4):
        items = [mixed[first + place] for place in range(4)]
        for place, (own, _) in enumerate(items):
            for one, two in zip(own, labelled[first + place], strict=True):
                np.testing.assert_array_equal(one, two)
        batch = collate(items)
        assert Batch(*batch.source).image.shape == (4, 3, 64, 64)
        unlabelled = TargetBatch(*batch.target)
        assert unlabelled.plain.shape == unlabelled.perturbed.shape == (count, 3, 64, 64)
        assert unlabelled.seen.shape == (count, 1, 32, 32) and unlabelled.context.shape == unlabelled.told.shape
        seen += [tile.numpy().tobytes() for tile in unlabelled.plain]
    assert len(set(seen)) == 2 * count
