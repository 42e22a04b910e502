from dataclasses import replace

import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate.visual import CLASSES, PhotoSpec, simulate_photo
from dynawave.simulate.visual.blemishes import EDGE, KINDS
from dynawave.simulate.visual.colour import peak_temperature, tint
from dynawave.simulate.visual.relief import draw_relief, pools
from dynawave.simulate.visual.scene import draw_scene
from dynawave.simulate.visual.surface import carve

SMALL = PhotoSpec(width=224, height=192)


@pytest.fixture(scope="module")
def photos():
    return [simulate_photo(3, index, SMALL) for index in range(16)]


def test_photo_depends_on_seed_and_index_alone(photos):
    again = simulate_photo(3, 5, SMALL)
    assert np.array_equal(again.pixels, photos[5].pixels)
    assert [flaw.offset for flaw in again.flaws] == [flaw.offset for flaw in photos[5].flaws]
    assert not np.array_equal(simulate_photo(4, 5, SMALL).pixels, photos[5].pixels)


def test_photos_are_coloured_and_flaws_lie_on_them(photos):
    flaws = [flaw for photo in photos for flaw in photo.flaws]
    assert len(flaws) > 15 and all(flaw.flaw in CLASSES for flaw in flaws)
    for photo in photos:
        assert photo.pixels.shape == (192, 224, 3) and photo.pixels.dtype == np.uint8
        assert 0.05 <= photo.pixel_size_mm <= 0.11 and photo.flaw_mask().shape == (192, 224)
        for flaw in photo.flaws:
            (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
            assert x >= 0 and y >= 0 and y + rows <= 192 and x + columns <= 224
            assert flaw.length_mm >= flaw.width_mm > 0 and flaw.cnr >= 0


def test_holes_are_darker_than_what_is_about_them():
    dark = []
    for index in range(40):
        photo = simulate_photo(6, index, SMALL)
        others = photo.flaw_mask()
        grey = photo.pixels.astype(float).mean(2)
        for flaw in photo.flaws:
            if flaw.flaw.iso6520 not in (2017, 2024, 510) or flaw.mask.sum() < 30:
                continue
            (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
            near = np.s_[max(y - 6, 0) : y + rows + 6, max(x - 6, 0) : x + columns + 6]
            inside = grey[y : y + rows, x : x + columns][flaw.mask]
            dark.append(np.median(inside) < np.median(grey[near][~others[near]]))
    assert len(dark) > 8 and np.mean(dark) > 0.95


@pytest.mark.parametrize("recipe", [recipe for recipe, _ in KINDS], ids=lambda recipe: recipe.__name__)
def test_mask_is_where_the_height_map_has_the_flaw(recipe):
    made = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        scene = draw_scene(rng, 192, 224, 0.08)
        for blemish in recipe(rng, scene):
            height = draw_relief(np.random.default_rng(seed), scene)
            before = height.copy()
            mask = carve(height, np.zeros_like(height), np.ones_like(height), blemish)
            if mask is None:
                continue
            change, edge = np.abs(height - before), EDGE * np.abs(blemish.relief).max()
            sunk = blemish.iso6520 not in (506, 602)
            assert (height[mask] < before[mask]).all() if sunk else (height[mask] > before[mask]).all()
            assert change[mask].min() > 0.99 * edge and change[~mask].max() < 1.01 * edge
            made += 1
    assert made > 2


def test_sound_photos_have_no_flaws():
    assert not any(simulate_photo(2, k, replace(SMALL, sound_share=1.0)).flaws for k in range(4))


def test_heat_tint_runs_from_bare_metal_over_straw_to_blue():
    temperature = peak_temperature(np.array([0.0, 4.0, 1e6]), 4.0)
    assert temperature == pytest.approx([1450, 290, 20], abs=0.2)
    bare, straw, blue = tint(np.array([100.0, 340.0, 540.0]), "stainless")
    assert bare == pytest.approx(1)
    assert straw[0] > straw[1] > straw[2] and blue[2] > blue[1] > blue[0]


def test_pools_follow_one_another_at_their_pitch():
    profile = pools(np.random.default_rng(0), 4000, 40.0)
    fronts = ((profile[1:-1] < profile[:-2]) & (profile[1:-1] <= profile[2:])).sum()
    assert 60 < fronts < 140 and profile.min() >= 0 and profile.max() < 1.3


@pytest.mark.parametrize("wrong", [{"height": 20}, {"upright_share": 3.0}, {"pixels_mm": (0.2, 0.1)}])
def test_wrong_specification_is_refused(wrong):
    with pytest.raises(ConfigError):
        PhotoSpec(**wrong)
