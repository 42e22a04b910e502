"""Pipes fit their seams, keep the limits of the technique and show as many welds as it says."""

import numpy as np
import pytest

from dynawave.simulate import FilmSpec, simulate_film
from dynawave.simulate.joint import Pipe
from dynawave.simulate.radiograph import film as radiograph
from dynawave.simulate.radiograph.pipes import LARGEST_MM, draw_run, seams_of, wall_mm
from dynawave.simulate.scene import Seam

PIXEL = 0.0403


@pytest.fixture(scope="module")
def runs() -> list[tuple[Seam, Pipe]]:
    drawn = (draw_run(np.random.default_rng(seed), 800, 640, PIXEL, 1.0) for seed in range(40))
    return [(seam, pipe) for seam, pipe in drawn if pipe]


def test_pipes_keep_the_limits_of_their_technique(runs: list[tuple[Seam, Pipe]]) -> None:
    assert len(runs) == 40
    techniques = {(pipe.technique, pipe.opening_mm > 0) for _, pipe in runs}
    assert techniques == {("single image", False), ("double image", False), ("double image", True)}
    for seam, pipe in runs:
        cap = 2 * seam.half_width() * PIXEL
        if pipe.technique == "double image":
            assert cap <= pipe.outer_mm / 4 + 1e-6 and wall_mm(pipe, 30) <= 8
            assert pipe.opening_mm == 0 or pipe.opening_mm > cap
        else:
            assert pipe.outer_mm > LARGEST_MM


def test_welds_on_the_film(runs: list[tuple[Seam, Pipe]]) -> None:
    for seam, pipe in runs:
        seams = seams_of(seam, pipe, wall_mm(pipe, 5), PIXEL)
        assert len(seams) == (2 if pipe.technique == "double image" else 1)
        between = abs(seams[0].centre[400] - seams[-1].centre[400]) * PIXEL
        assert between == pytest.approx(pipe.opening_mm, rel=1e-3)
    plain = draw_run(np.random.default_rng(0), 800, 640, PIXEL, 0.0)
    assert plain[1] is None and seams_of(*plain, 5, PIXEL) == (plain[0],)


def test_the_lean_that_opens_the_two_images() -> None:
    assert Pipe(60, "double image", 14).lean_deg(4) == pytest.approx(np.degrees(np.arctan(14 / 56)))


def test_a_radiograph_of_a_pipe_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radiograph, "PIPE_SHARE", 1.0)
    spec = FilmSpec(width=320, height=320, physics=True, upright_share=0.0)
    for index in range(3):
        film = simulate_film(4, index, spec)
        assert film.context.details["Technique"].startswith("double wall")
        assert 45 <= float(film.context.details["OuterDiameter"].split()[0]) <= 600
        assert np.ptp(film.pixels) > 5000
