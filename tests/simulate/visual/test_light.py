import numpy as np
import pytest

from dynawave.simulate.visual.camera import vignette
from dynawave.simulate.visual.light import Lamp, highlight, lambert, lit, normals, openness, towards

PIXEL = 0.1
WHITE = (1.0, 1.0, 1.0)


def sphere(radius=5.0, count=101):
    y, x = (np.mgrid[:count, :count] - count // 2) * PIXEL
    return np.sqrt(np.maximum(radius**2 - x**2 - y**2, 0.01)).astype(np.float32), x, y


def test_normals_of_a_sphere_point_from_its_centre():
    height, x, y = sphere()
    nx, ny, nz = normals(height, PIXEL)
    inner = np.hypot(x, y) < 3.5
    for found, true in zip((nx, ny, nz), (x, y, height), strict=True):
        assert found[inner] == pytest.approx(true[inner] / 5, abs=0.01)


def test_lambert_against_a_plain_calculation():
    """A tilted plane under a lamp near by, point by point."""
    slope_x, slope_y = 0.3, -0.2
    rows, columns = np.mgrid[:40, :60]
    height = (slope_x * columns + slope_y * rows) * PIXEL
    lamp = Lamp((20.0, -15.0, 30.0), WHITE)
    *beam, share = towards(lamp, height.astype(np.float32), PIXEL)
    shade = lambert(normals(height.astype(np.float32), PIXEL), tuple(beam))
    normal = np.array([-slope_x, -slope_y, 1]) / np.sqrt(1 + slope_x**2 + slope_y**2)
    for row, column in ((0, 0), (20, 31), (39, 59)):
        ray = np.array(lamp.place) - np.array([column * PIXEL, row * PIXEL, height[row, column]])
        assert shade[row, column] == pytest.approx(normal @ ray / np.linalg.norm(ray), abs=1e-4)
        assert share[row, column] == pytest.approx(30**2 / (ray @ ray), rel=1e-4)


def test_no_light_on_what_looks_away():
    steep = (-4 * PIXEL * np.arange(50, dtype=np.float32))[None].repeat(20, 0)
    *beam, _ = towards(Lamp((-100.0, 1.0, 20.0), WHITE), steep, PIXEL)
    assert lambert(normals(steep, PIXEL), tuple(beam)).max() == 0


def test_highlight_is_where_the_surface_mirrors_the_lamp():
    height, x, y = sphere()
    *beam, _ = towards(Lamp((5.0 + 500.0, 5.0, 500.0), WHITE), height, PIXEL)
    shine = highlight(normals(height, PIXEL), tuple(beam), np.full_like(height, 60))
    row, column = np.unravel_index(np.where(np.hypot(x, y) < 4, shine, 0).argmax(), shine.shape)
    # half way between a lamp at 45 degrees and the camera above: 22.5 degrees
    assert x[row, column] == pytest.approx(5 * np.sin(np.radians(22.5)), abs=0.2)
    assert y[row, column] == pytest.approx(0, abs=0.2)


def test_shadow_is_as_long_as_the_lamp_is_low():
    height = np.zeros((60, 120), np.float32)
    height[:, :40] = 1.0
    # from the left, at 45 degrees: a step of 1 mm throws a shadow of 1 mm, which is 10 pixels
    light = lit(height, PIXEL, Lamp((6.0 - 800.0, 3.0, 800.0), WHITE))
    row = light[30]
    assert row[:38].min() > 0.45 and row[41:46].max() < 0.1 and row[56:].min() > 0.45


def test_holes_see_less_of_the_sky():
    height = np.zeros((60, 60), np.float32)
    height[28:33, 28:33] = -1.0
    sky = openness(height, PIXEL)
    assert sky[30, 30] < 0.4 and sky[5, 5] == pytest.approx(1)


def test_vignette_is_cosine_to_the_fourth():
    fall = vignette(101, 101, 0.5)
    assert fall[50, 50] == 1
    assert fall[0, 0] == pytest.approx(np.cos(np.arctan(0.5)) ** 4, rel=1e-5)
