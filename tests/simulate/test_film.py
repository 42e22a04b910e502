import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate import FilmSpec, simulate_film
from dynawave.simulate.detector import noise_level
from dynawave.simulate.exposure import expose
from dynawave.simulate.flaws import shapes
from dynawave.simulate.flaws.kinds import Blemish
from dynawave.simulate.flaws.render import place
from dynawave.simulate.scene import draw_scene
from dynawave.taxonomy import CLASSES

SPEC = FilmSpec(width=640, height=400)


@pytest.fixture(scope="module")
def films():
    return [simulate_film(5, index, SPEC) for index in range(24)]


def test_film_depends_on_seed_and_index_alone(films):
    again = simulate_film(5, 3, SPEC)
    assert np.array_equal(again.pixels, films[3].pixels)
    assert [f.offset for f in again.flaws] == [f.offset for f in films[3].flaws]
    assert not np.array_equal(simulate_film(6, 3, SPEC).pixels, films[3].pixels)


def test_pixels_have_the_depth_that_was_asked_for():
    eight = simulate_film(1, 0, FilmSpec(width=400, height=300, eight_bit_share=1)).pixels
    twelve = simulate_film(1, 0, FilmSpec(width=400, height=300, eight_bit_share=0)).pixels
    assert eight.dtype == np.uint16 and eight.shape == (300, 400)
    assert (eight % 257 == 0).all()
    assert len(np.unique(twelve)) > 2 * len(np.unique(eight))


def test_flaws_lie_on_the_film_and_are_described(films):
    flaws = [(film, flaw) for film in films for flaw in film.flaws]
    assert len(flaws) > 100
    for film, flaw in flaws:
        (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
        assert x >= 0 and y >= 0 and y + rows <= film.pixels.shape[0] and x + columns <= film.pixels.shape[1]
        assert flaw.mask.any(0).all() or flaw.mask[0].any()
        assert flaw.mask[0].any() and flaw.mask[-1].any() and flaw.mask[:, 0].any() and flaw.mask[:, -1].any()
        assert flaw.flaw in CLASSES
        assert flaw.length_mm >= flaw.width_mm > 0
        assert flaw.cnr >= SPEC.cnr[0]


def test_what_nobody_outlines_is_in_the_metal_but_no_flaw():
    """The same blemish, strong and faint: both take metal away, only the strong one is to be found."""
    rng = np.random.default_rng(3)
    scene = draw_scene(rng, SPEC, 640, 400)
    metal = np.full((400, 640), scene.plate_mm + scene.cap_mm, np.float32)
    exposure = expose(rng, scene, metal)
    noise = float(noise_level(scene, exposure.grey(metal))[200, 320])
    dot = shapes.pore(rng, 20, 20, 0.0)

    def put(grey):
        return place(Blemish(dot, 320, 200, 2011, grey / noise), SPEC, scene, exposure, metal)

    faint, strong = put(0.6 * scene.visible_grey), put(max(2 * scene.visible_grey, 5 * noise))
    assert faint.flaw is None and 0 < faint.loss_mm.max() < strong.loss_mm.max()
    assert strong.flaw.cnr == pytest.approx(
        max(2 * scene.visible_grey, 5 * noise) / noise, rel=0.2
    )  # found in three steps


def test_masks_are_where_the_metal_is_missing():
    """Strong flaws are darker within their mask than about it (heavy inclusions brighter)."""
    checked = 0
    for index in range(30):
        film = simulate_film(8, index, SPEC)
        others = film.flaw_mask()
        for flaw in film.flaws:
            (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
            if flaw.cnr < 12 or max(rows, columns) > 30 or min(x, y) < 6 or flaw.flaw.name == "undercut":
                continue
            around = np.s_[y - 6 : y + rows + 6, x - 6 : x + columns + 6]
            sound = film.pixels[around][~others[around]]
            if len(sound) < 150:
                continue
            core = np.percentile(film.pixels[y : y + rows, x : x + columns][flaw.mask], 10)
            bright = flaw.flaw.name.endswith("_inclusion") and flaw.flaw.iso6520 != 301
            checked += 1
            if not bright:
                assert core < np.median(sound), (index, flaw.flaw.name)
    assert checked > 30


def test_share_of_sound_films():
    assert all(not simulate_film(2, k, FilmSpec(width=300, height=256, sound_share=1)).flaws for k in range(4))


def test_upright_films_turn_masks_too():
    spec = FilmSpec(width=500, height=300, upright_share=1, sound_share=0)
    film = simulate_film(4, 1, spec)
    assert film.pixels.shape == (300, 500)
    assert film.flaw_mask().shape == (300, 500)
    # the seam runs up: the film varies more along a row than along a column
    grey = film.pixels.astype(float)
    assert np.abs(np.diff(grey.mean(0))).sum() > np.abs(np.diff(grey.mean(1))).sum()


@pytest.mark.parametrize("wrong", [{"width": 10}, {"sound_share": 2.0}, {"cnr": (3.0, 1.0)}, {"pixel_size_mm": 0.0}])
def test_wrong_specification_is_refused(wrong):
    with pytest.raises(ConfigError):
        FilmSpec(**wrong)
