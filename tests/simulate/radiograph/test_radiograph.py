from dataclasses import replace

import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.metallurgy.metals import find_metal
from dynawave.simulate import FilmSpec, SimulatedFilm, artefacts, simulate_film
from dynawave.simulate.dataset import describe
from dynawave.simulate.radiograph.metals import PAIRS, draw_metals
from dynawave.taxonomy import CLASSES

SPEC = FilmSpec(width=400, height=300, physics=True, sound_share=0.0)


@pytest.fixture(scope="module")
def films() -> list[SimulatedFilm]:
    return [simulate_film(3, index, SPEC) for index in range(10)]


def test_radiograph_depends_on_seed_and_index_alone(films: list[SimulatedFilm]) -> None:
    again = simulate_film(3, 4, SPEC)
    assert np.array_equal(again.pixels, films[4].pixels)
    assert [f.offset for f in again.flaws] == [f.offset for f in films[4].flaws]


def test_flaws_are_described_and_lie_on_the_film(films: list[SimulatedFilm]) -> None:
    flaws = [(film, flaw) for film in films for flaw in film.flaws]
    assert len(flaws) > 15
    for film, flaw in flaws:
        (x, y), (rows, columns) = flaw.offset, flaw.mask.shape
        assert x >= 0 and y >= 0 and y + rows <= film.pixels.shape[0] and x + columns <= film.pixels.shape[1]
        assert flaw.flaw in CLASSES and flaw.length_mm >= flaw.width_mm > 0
        assert flaw.height_mm and flaw.depth_mm is not None and film.context.thickness_mm
        assert flaw.height_mm > 0 and -5 < flaw.depth_mm < film.context.thickness_mm + 5
    entry = describe(flaws[0][0], 3, 0)["annotations"][0]
    assert {"depth_mm", "height_mm"} <= entry.keys()


def test_mottling_by_a_factor_changes_nothing_else() -> None:
    kinds = [replace(SPEC, dissimilar_share=1.0, sound_share=1.0, mottling=factor) for factor in (0.0, 1.0, 4.0)]
    smooth, usual, strong = (simulate_film(3, 1, kind).pixels.astype(float) for kind in kinds)
    changes = [np.abs(film - smooth).mean() for film in (usual, strong)]
    assert 0 < 2 * changes[0] < changes[1]
    for factor in (-1.0, float("nan")):
        with pytest.raises(ConfigError, match="mottling"):
            FilmSpec(mottling=factor)


def test_context_names_metals_of_the_library(films: list[SimulatedFilm]) -> None:
    kinds = {film.context.base_metals[0] == film.context.base_metals[1] for film in films}
    assert kinds == {True, False}
    for film in films:
        for name in film.context.base_metals:
            assert find_metal(name, "base").name == name
        assert film.context.filler and find_metal(film.context.filler, "filler")
        assert film.context.process in ("SMAW", "GTAW", "GMAW", "SAW")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_share_of_dissimilar_welds(share: float) -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_metals(rng, rng.random() < share) for _ in range(60)]
    assert all((m.base_a != m.base_b) == bool(share) for m in drawn)


def test_pairs_are_in_the_library() -> None:
    for one, other, fillers in PAIRS:
        assert find_metal(one, "base").name == one and find_metal(other, "base").name == other
        assert all(find_metal(name, "filler").name == name for name in fillers)


def test_a_part_that_ends_on_the_film_keeps_its_grey_values(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = replace(SPEC, sound_share=1.0, upright_share=0.0)
    share = np.ones((300, 400), np.float32)
    share[:, 320:] = 0
    films = []
    for end in (None, share):
        monkeypatch.setattr(artefacts, "part_end", lambda *_, end=end: end)
        films.append([simulate_film(6, index, spec).pixels.astype(float) for index in range(4)])
    for whole, ending in zip(*films, strict=True):
        assert np.median(ending[:, 330:]) < np.median(ending[:, :300])
        assert ending[:, :280].std() > 0.7 * whole[:, :280].std()
