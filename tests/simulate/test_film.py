import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate import FilmSpec, simulate_film
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
