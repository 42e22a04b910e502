from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.datasets.coco import CocoCategory, CocoDataset, load_coco
from dynawave.errors import DatasetError, ImageError
from dynawave.images.normalise import grey_range, to_grey
from dynawave.metallurgy.vector import LENGTH, context_vector
from dynawave.records import WeldContext
from dynawave.simulate.formats import FORMATS
from dynawave.simulate.records import SimulatedFilm
from dynawave.training.config import AugmentConfig, SourceConfig, TrainingConfig
from dynawave.training.tiles import Film, Pool, TileDataset, draw_tile, load_film, load_pool

STILL = AugmentConfig(scale=(1, 1), rotation_deg=0, gamma=0, contrast=0, blur_px=0, noise=0, inverted=0)
KINDS = ("slag_inclusion", "gas_pore")


def plain(side: int, flaw: bool = True) -> Film:
    """A film with one flaw of 12 px in its middle, or none."""
    pixels = np.random.default_rng(0).integers(20000, 30000, (side, side)).astype(np.uint16)
    instances = np.zeros((side, side), np.int16)
    middle = slice(side // 2 - 6, side // 2 + 6)
    if flaw:
        instances[middle, middle] = 1
    count = int(flaw)
    return Film(pixels, (20000.0, 30000.0), instances, np.zeros(count, np.int64), np.full((count, 2), side / 2))


def small(**changes: object) -> TrainingConfig:
    return TrainingConfig(tile=64, **changes)


def test_tile_k_is_the_same_whatever_the_count() -> None:
    pools = [Pool((plain(200), plain(150)), 1.0), Pool((plain(100, flaw=False),), 2.0)]
    whole, part = TileDataset(pools, small(), 0, 40), TileDataset(pools, small(), 7, 3)
    assert (len(whole), len(part)) == (40, 3)
    for k in range(3):
        for a, b in zip(whole[7 + k], part[k], strict=True):
            np.testing.assert_array_equal(a, b)
    assert not np.array_equal(whole[7][0], whole[8][0])
    other = TileDataset(pools, small(seed=1), 0, 40)
    assert not np.array_equal(whole[7][0], other[7][0])


def test_shapes_of_a_tile() -> None:
    image, *targets = TileDataset([Pool((plain(200),), 1.0)], small(classes=("a", "b")), 0, 1)[0]
    assert image.shape == (3, 64, 64) and image.dtype == np.float32
    assert image.flags.c_contiguous and np.isfinite(image).all() and np.abs(image).max() <= 3
    shapes = [(1, 32, 32), (16, 16), (4, 16, 16), (16, 16), (2,), (LENGTH,)]
    assert [t.shape for t in targets] == shapes
    asked = small(classes=("a", "b"), objective={"pixels": 1})
    *same, pixels = TileDataset([Pool((plain(200),), 1.0)], asked, 0, 1)[0]
    assert [t.shape for t in same[1:]] == shapes and pixels.shape == (32, 32)


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 2), (1.0, 30, 30), (0.5, 8, 22)])
def test_share_of_tiles_about_a_flaw(share: float, least: int, most: int) -> None:
    """On a film of 2000 px a tile of 64 px drawn anywhere almost never meets its one flaw."""
    config, film = small(flaw_share=share, augment=STILL), plain(2000)
    hits = sum(draw_tile(film, np.random.default_rng(k), config)[1].any() for k in range(30))
    assert least <= hits <= most


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_flaw_lies_anywhere_in_its_tile_at_any_scale(scale: float) -> None:
    """Its point is at most 0.4 tiles off the middle, and uses that room."""
    config, film = small(flaw_share=1.0, augment=STILL.model_copy(update={"scale": (scale, scale)})), plain(2000)
    middles = [np.argwhere(draw_tile(film, np.random.default_rng(k), config)[1]).mean(0) for k in range(60)]
    offset = np.abs(np.array(middles) - 32)
    assert 20 < offset.max() < 0.4 * 64 + 2


def test_sources_are_drawn_by_their_share() -> None:
    """Three times the weight: three in four tiles, however many films each has."""
    rich, poor = Pool((plain(100),), 3.0), Pool(tuple(plain(100, flaw=False) for _ in range(5)), 1.0)
    tiles = TileDataset([rich, poor], small(flaw_share=1.0, augment=STILL), 0, 200)
    assert sum(tiles[k][1].any() for k in range(200)) / 200 == pytest.approx(0.75, abs=0.1)


def test_flaws_lie_where_the_tile_is_dark() -> None:
    """Pixels and masks go the same way through every geometry."""
    film = plain(160)
    pixels = np.where(film.instances > 0, 5000, 25000).astype(np.uint16)
    film = Film(pixels, (20000.0, 30000.0), film.instances, film.labels, film.centres)
    config = small(flaw_share=1.0, augment=STILL.model_copy(update={"scale": (0.8, 1.3), "rotation_deg": 30.0}))
    for k in range(10):
        image, instances, _ = draw_tile(film, np.random.default_rng(k), config)
        dark = image[2] < -1  # the channel of small flaws and edges
        if instances.any():
            assert (dark & (instances > 0)).sum() / (dark | (instances > 0)).sum() > 0.6


def test_a_film_smaller_than_its_tile() -> None:
    image, instances, labels = draw_tile(plain(20), np.random.default_rng(0), small(flaw_share=1.0))
    assert image.shape == (3, 64, 64) and instances.shape == (64, 64) and instances.max() == len(labels)


def test_a_film_is_read_at_its_depth(films: Path) -> None:
    dataset = load_coco(films)
    film = load_film(dataset, dataset.images[1], ("flaw",))
    stored = cv2.imread(str(films / "images" / "B.png"), cv2.IMREAD_UNCHANGED)
    assert film.pixels.dtype == np.uint16 and film.pixels.max() > 255
    np.testing.assert_array_equal(film.pixels, stored)
    assert stored.min() <= film.limits[0] < film.limits[1] <= stored.max()


def test_a_picture_in_colour_is_shown_as_the_network_is_to_see_it() -> None:
    """In colour its three channels, in grey their weighed sum; in every other way the same tile."""
    pixels = np.random.default_rng(0).integers(60, 200, (96, 96, 3)).astype(np.uint16)
    nothing = np.zeros((96, 96), np.int16), np.zeros(0, np.int64), np.zeros((0, 2))
    photo = Film(pixels, grey_range(pixels.astype(np.float32)), *nothing)
    colours, grey = (
        draw_tile(photo, np.random.default_rng(3), small(channels=channels, augment=STILL))[0]
        for channels in ("colour", "grey")
    )
    assert colours.shape == grey.shape == (3, 64, 64) and colours.std(0).mean() > 0.3
    within = (np.abs(colours) < 1.4).all(0)  # where nothing was cut off
    weighed = np.tensordot([0.299, 0.587, 0.114], colours, 1)
    assert within.mean() > 0.5 and np.abs(weighed - grey[0])[within].max() < 0.05


def test_a_photograph_is_read_in_colour(films: Path) -> None:
    stored = np.random.default_rng(0).integers(0, 256, (120, 160, 3)).astype(np.uint8)
    cv2.imwrite(str(films / "images" / "B.png"), stored)
    dataset = load_coco(films)
    film = load_film(dataset, dataset.images[1], ("flaw",))
    np.testing.assert_array_equal(film.pixels, stored[..., ::-1])
    assert film.limits == grey_range(to_grey(film.pixels))


def test_of_one_class_a_film_keeps_its_flaws_apart(films: Path) -> None:
    dataset = load_coco(films)
    film = load_film(dataset, dataset.images[1], ("flaw",))
    assert film.labels.tolist() == [0, 0] and film.instances.max() == 2 and film.centres.shape == (2, 2)


@pytest.mark.parametrize(("touching", "count"), [("merged", 1), ("apart", 2)])
def test_of_one_class_what_touches_is_one_flaw_unless_it_is_kept_apart(touching: str, count: int) -> None:
    film = plain(400)
    film.instances[194:206, 206:212] = 2  # side by side with the first
    film = replace(film, labels=np.zeros(2, np.int64), centres=np.full((2, 2), 200.0))
    config = small(touching=touching, flaw_share=1.0, augment=STILL)
    _, instances, labels = draw_tile(film, np.random.default_rng(0), config)
    assert len(np.unique(instances[instances > 0])) == count and labels.tolist() == [0] * count


def test_of_several_classes_each_keeps_its_own(films: Path) -> None:
    """Labels count in the model's order, not the file's, and a point of each flaw lies on it."""
    dataset = load_coco(films)
    film = load_film(dataset, dataset.images[1], KINDS)
    assert film.labels.tolist() == [1, 0] and film.instances.max() == 2
    assert [film.instances[int(y), int(x)] for x, y in film.centres] == [1, 2]


def test_a_class_that_the_model_lacks_is_refused(films: Path) -> None:
    dataset = load_coco(films)
    with pytest.raises(DatasetError, match="class slag_inclusion is not among the classes"):
        load_film(dataset, dataset.images[1], ("gas_pore", "crack"))


def test_annotations_of_another_size_are_refused(films: Path) -> None:
    """Boxes drawn on a smaller copy would otherwise train on the wrong pixels."""
    cv2.imwrite(str(films / "images" / "A.png"), np.arange(76800, dtype=np.uint16).reshape(240, 320))
    with pytest.raises(DatasetError, match=r"A\.png: has 320 x 240 pixels.*160 x 120"):
        load_pool(load_coco(films), SourceConfig(), ("flaw",))


def test_a_film_that_cannot_be_read_is_named(films: Path) -> None:
    (films / "images" / "A.png").write_bytes(b"no film")
    with pytest.raises(ImageError, match=r"A\.png"):
        load_pool(load_coco(films), SourceConfig(), ("flaw",))


def test_an_excluded_film_is_never_drawn(films: Path) -> None:
    dataset = load_coco(films)
    pool = load_pool(dataset, SourceConfig(share=2, exclude_films=("A",)), ("flaw",))
    kept = cv2.imread(str(films / "images" / "B.png"), cv2.IMREAD_UNCHANGED)
    assert len(pool.films) == 1 and pool.share == 2
    np.testing.assert_array_equal(pool.films[0].pixels, kept)


def test_every_image_of_an_excluded_film_goes(films: Path) -> None:
    """Two crops of one film never part."""
    dataset = load_coco(films)
    images = tuple(image.model_copy(update={"film": film}) for image, film in zip(dataset.images, "AA", strict=True))
    crops = CocoDataset(dataset.root, images, dataset.categories, dataset.annotations)
    with pytest.raises(DatasetError, match="no film is left"):
        load_pool(crops, SourceConfig(exclude_films=("A",)), ("flaw",))


def test_an_unknown_excluded_film_is_refused(films: Path) -> None:
    with pytest.raises(DatasetError, match="exclude_films names C"):
        load_pool(load_coco(films), SourceConfig(exclude_films=("A", "C")), ("flaw",))


def test_sound_films_are_drawn_too(films: Path) -> None:
    dataset = load_coco(films)
    sound = CocoDataset(dataset.root, dataset.images, (CocoCategory(id=1, name="flaw"),), ())
    tiles = TileDataset([load_pool(sound, SourceConfig(), ("flaw",))], small(flaw_share=1.0), 0, 4)
    assert not any(tiles[k][1].any() for k in range(4))


WELD = WeldContext("radiograph", ("P91", "316L"), "82", thickness_mm=12)


def test_a_tile_carries_the_context_of_its_film(films: Path, config: TrainingConfig) -> None:
    dataset = load_coco(films)
    images = tuple(image.model_copy(update={"context": WELD}) for image in dataset.images)
    pool = load_pool(dataset.subset(images), SourceConfig(), config.classes)
    told, forgetful = (
        TileDataset([pool], config.model_copy(update={"augment": AugmentConfig(forget=share)}), 0, 3)[2]
        for share in (0, 1)
    )
    assert np.array_equal(told[-1], context_vector(WELD)) and not forgetful[-1].any()
    # what is forgotten changes nothing else of a tile
    assert all(np.array_equal(one, other) for one, other in zip(told[:-1], forgetful[:-1], strict=True))


def test_the_files_own_context_serves_where_the_set_has_none(films: Path, config: TrainingConfig) -> None:
    dataset = load_coco(films)
    image = dataset.images[0].model_copy(update={"file_name": "images/A.dcm"})
    pixels = cv2.imread(str(films / "images" / "A.png"), cv2.IMREAD_UNCHANGED)
    dataset.path(image).write_bytes(FORMATS["dicom"].encode(SimulatedFilm(pixels, 0.05, (), WELD), "A"))
    assert load_film(dataset, image, config.classes).context == WELD
    other = image.model_copy(update={"context": WeldContext(filler="182")})
    assert load_film(dataset, other, config.classes).context == WeldContext(filler="182")
