import numpy as np
import pytest

from dynawave.simulate.fields import blur
from dynawave.simulate.flaws import kinds, shapes
from dynawave.simulate.flaws.plan import THEMES
from dynawave.simulate.outline import Annotator, visible_contrast
from dynawave.simulate.scene import Seam

WIDTH = 900


@pytest.fixture
def seam():
    line = np.full(WIDTH, 300, np.float32)
    return Seam(line, line - 100, line + 100)


@pytest.mark.parametrize("recipe", [recipe for recipe, _, _ in THEMES] + [kinds.speck], ids=lambda r: r.__name__)
def test_recipes_draw_patches_of_sane_size(recipe, seam):
    for seed in range(8):
        blemishes = list(recipe(np.random.default_rng(seed), seam, 450.0, 8.0))
        assert blemishes
        for one in blemishes:
            assert one.depth.dtype == np.float32 and np.isfinite(one.depth).all()
            assert 0 < one.depth.max() <= 2 and one.depth.min() >= -1e-6
            assert max(one.depth.shape) < 2 * WIDTH


def test_pore_has_the_asked_axes_and_volume():
    patch = shapes.pore(np.random.default_rng(0), 60, 30, 0.0, roughness=0.0)
    core = patch > 0.05
    assert core.any(0).sum() == pytest.approx(60, abs=3) and core.any(1).sum() == pytest.approx(30, abs=3)
    # half an ellipsoid of unit height: 2/3 pi a b
    assert patch.sum() == pytest.approx(2 / 3 * np.pi * 30 * 15, rel=0.15)


def test_rotation_keeps_the_volume_and_turns():
    patch = shapes.ribbon(np.zeros(80, np.float32), np.full(80, 5, np.float32), np.ones(80, np.float32))
    turned = shapes.rotate(patch, np.pi / 2)
    assert turned.sum() == pytest.approx(patch.sum(), rel=0.02)
    assert (turned > 0.3).any(1).sum() > 75 and (turned > 0.3).any(0).sum() < 9


def test_paste_puts_patches_at_their_places():
    dot = np.ones((3, 3), np.float32)
    canvas, x, y = shapes.paste([(dot, 10, 10), (0.5 * dot, 20, 14)])
    assert canvas.shape == (7, 13)
    assert (x - canvas.shape[1] // 2, y - canvas.shape[0] // 2) == (9, 9)
    assert canvas[1, 1] == 1 and canvas[5, 11] == 0.5 and canvas.sum() == pytest.approx(13.5)


def test_small_flaws_need_more_contrast_to_be_seen():
    dot, line = np.ones((5, 5), np.float32), np.ones((5, 100), np.float32)
    assert visible_contrast(dot, 0.7) == 3.5
    assert visible_contrast(line, 0.7) == pytest.approx(4 / np.sqrt(20))
    assert visible_contrast(blur(np.ones((200, 200), np.float32), 2.0), 0.7) == 0.7


def test_an_interrupted_crack_is_closed_over_part_of_its_length():
    for seed in range(20):
        open_ = shapes.closing(np.random.default_rng(seed), 600)
        assert open_.max() == 1 and 0.08 < (open_ == 0).mean() < 0.52


def test_two_strands_of_a_crack_are_wider_than_one():
    def widest(patch):
        across = np.where(patch > 0.2, np.arange(patch.shape[0])[:, None], -1)
        low = np.where(patch > 0.2, np.arange(patch.shape[0])[:, None], 10**6).min(0)
        return (across.max(0) - low).clip(0).max()

    braids, cracks = (
        [widest(draw(np.random.default_rng(seed), 300, 2, 0.0)) for seed in range(12)]
        for draw in (shapes.braid, shapes.crack)
    )
    assert np.mean(braids) > 2 * np.mean(cracks)


def test_a_line_is_outlined_from_a_lower_contrast_on_and_over_its_gaps():
    annotator = Annotator(looseness=0.5, visible_grey=4.0, least_cnr=0.7)
    line, spot = np.zeros((2, 41, 240), np.float32)
    line[19:22, 10:230] = 1
    line[:, 100:106] = 0
    spot[16:25, 100:109] = 1
    faint = {name: annotator.outline(blur(shape, 0.6), 3.2, 1.0) for name, shape in (("line", line), ("spot", spot))}
    assert faint["spot"] is None and faint["line"] is not None
    assert faint["line"][20, 20:220].all()
    assert annotator.outline(blur(line, 0.6), 2.0, 1.0) is None
