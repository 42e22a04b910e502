"""The comparison with the records of cut welds, on made-up films whose answer is known."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from benchmarks.records.alignment import Placed, by_scale, by_shift, crop_offset, placed, reversed_direction
from benchmarks.records.cells import FilmCells, cells_of, film_cells, recorded_cells, sound_cells
from benchmarks.records.inspections import Call, Inspected, released
from benchmarks.records.measures import (
    ANY,
    cells_hit,
    false_rate,
    films_found,
    naming,
    place_auc,
    sound_metres,
    swapped,
    threshold,
)
from benchmarks.records.report import Version, page
from benchmarks.records.seams import SEAMS, Seam, seam_of
from benchmarks.records.truth import Flaw, read_records
from dynawave.datasets.gdxray import PIXEL_SIZE_MM
from dynawave.errors import DatasetError
from dynawave.evaluation.evaluate import Evaluation
from dynawave.images.files import write_png
from toy import film as toy_film

CELL = 10 / PIXEL_SIZE_MM
LEVEL = Seam(round(20 * CELL), (100, 300), (100, 300))


def call(cell: float, score: float = 0.9, family: str | None = None, cells: float = 0.1, y: float = 190) -> Call:
    """A call with its centre at a place along the seam, in cells."""
    return Call(((cell - cells / 2) * CELL, y, cells * CELL, 20), score, family)


def film(name: str, flaws: list[Flaw], calls: list[Call]) -> FilmCells:
    return film_cells(name, LEVEL, flaws, calls)


def pore(cell: int, length: float = 1.0) -> Flaw:
    return Flaw("2011", cell, length)


def made_up(count: int, skill: float, seed: int = 0) -> list[FilmCells]:
    """Films with three pores; each is called with a probability, and each other cell with one of 0.2."""
    rng, films = np.random.default_rng(seed), []
    for k in range(count):
        flawed = rng.choice(20, 3, replace=False)
        rates = np.full(20, 0.2)
        rates[flawed] = skill
        calls = [call(c + 0.5, float(rng.uniform(0.5, 1))) for c in np.flatnonzero(rng.random(20) < rates)]
        films.append(film(str(k), [pore(int(c) + 1) for c in flawed], calls))
    return films


def test_reads_families_cells_and_sound_films(tmp_path: Path) -> None:
    file = tmp_path / "real_values.csv"
    file.write_text(
        "image,film,cell_cm,iso6520_type,length_mm,width_mm\n"
        "a.png,1,10,1011,65.0,\na.png,1,14,5011*,2.8,\na.png,1,2,402,20.0,\nb.png,2,,none,,\nc.png,3,4,304,,\n"
    )
    records = read_records(file)
    assert [(flaw.family, list(flaw.cells)) for flaw in records["a"]] == [
        ("crack", [9, 10, 11, 12, 13, 14, 15]),
        ("shape", [13]),
        ("fusion", [1, 2]),
    ]
    assert records["b"] == []
    assert list(records["c"][0].cells) == [3]


@pytest.mark.parametrize("row", ["a.png,1,x,2011,1,", "a.png,1,1,911,1,", "a.png,1,1,,1,"])
def test_a_row_that_makes_no_sense_is_an_error(tmp_path: Path, row: str) -> None:
    file = tmp_path / "real_values.csv"
    file.write_text(f"image,film,cell_cm,iso6520_type,length_mm,width_mm\n{row}\n")
    with pytest.raises(DatasetError, match=r"real_values\.csv"):
        read_records(file)


def test_a_tilted_and_an_upright_seam_hold_what_lies_on_them() -> None:
    tilted = Seam(4000, (100, 200), (300, 400))
    assert tilted.holds((1990, 240, 20, 20))  # in the middle the band is 200 to 300
    assert not tilted.holds((1990, 140, 20, 20))
    assert not tilted.holds((4100, 340, 20, 20))
    assert not tilted.holds((0, 140, 20, 20))  # the film's edge
    upright = Seam(round(2 * CELL), (50, 90), (50, 90), zero=500, upright=True)
    assert upright.cells == 2
    assert upright.holds((60, 500 + CELL, 10, 10))
    assert upright.extent((60, 500 + CELL, 10, CELL)) == pytest.approx((1, 2))


def test_every_seam_is_on_its_film_and_others_are_refused() -> None:
    assert all(seam.begin[0] < seam.begin[1] and seam.end[0] < seam.end[1] for seam in SEAMS.values())
    with pytest.raises(DatasetError, match="unknown"):
        seam_of("unknown")


def test_a_call_lies_where_its_centre_is_and_where_it_covers_half() -> None:
    lies = cells_of(np.array([[2.9, 3.05], [1.4, 4.2], [4.9, 5.3]]), 5)
    assert np.flatnonzero(lies[0]).tolist() == [2]
    assert np.flatnonzero(lies[1]).tolist() == [1, 2, 3]
    assert np.flatnonzero(lies[2]).tolist() == [4]  # the scrap beyond the last whole cell


def test_calls_are_sorted_into_cells_false_ones_and_those_outside() -> None:
    calls = [call(4.5, 0.8), call(4.2, 0.6, "cavity"), call(5.5, 0.7), call(9.5, 0.5), call(1.5, 0.4, y=600)]
    found = film("a", [pore(5), Flaw("1011", 12, 25.0)], calls)
    assert found.recorded["crack"].nonzero()[0].tolist() == [11, 12, 13]
    assert found.sound.nonzero()[0].tolist() == [0, 1, 2, 6, 7, 8, 9, 15, 16, 17, 18, 19]
    assert (found.scores[4], found.scores[5], found.scores[9], found.scores[1]) == (0.8, 0.7, 0.5, -np.inf)
    assert found.false.tolist() == [0.5]  # the neighbour of a recorded cell is neither
    assert found.outside.tolist() == [0.4]


def test_the_threshold_lets_through_the_rate_that_was_asked_for() -> None:
    films = [film("a", [], [call(k + 0.5, 0.1 + 0.01 * k) for k in range(20)]), film("b", [], [])]
    assert sound_metres(films) == pytest.approx(0.4)
    least = threshold(films, 10)
    assert least == pytest.approx(0.25)
    assert false_rate(films, least) == pytest.approx(10)
    assert false_rate(films, threshold(films, 1000)) == pytest.approx(50)


def test_a_perfect_model_finds_all_and_chance_little() -> None:
    films = [film(str(k), [pore(k + 1)], [call(k + 0.5)]) for k in range(10)]
    found = films_found(films, "cavity", 1)
    assert (found.count, found.found, found.interval) == (10, 1, (1, 1))
    assert found.moved == 0  # the only call, anywhere else
    assert found.swapped == pytest.approx(1 / 20)  # one cell of twenty
    assert films_found(films, "crack", 1).count == 0


def test_a_model_that_calls_at_random_is_at_its_chance_levels() -> None:
    films = made_up(60, skill=0.2)
    share = cells_hit(films, ANY, 1e9)
    assert share.found == pytest.approx(share.moved, abs=0.08)
    assert share.found == pytest.approx(share.swapped, abs=0.08)
    assert share.swapped == pytest.approx(0.2, abs=0.03)
    skilled = cells_hit(made_up(60, skill=0.9), "cavity", 1e9)
    assert skilled.found > 0.85 and skilled.moved < 0.35 and skilled.swapped < 0.35
    assert skilled.interval[0] < skilled.found < skilled.interval[1]


def test_moving_says_nothing_of_a_flaw_along_the_whole_seam_but_swapping_does() -> None:
    films = [film("slag", [Flaw("3011", 1, 200.0)], [call(3.5)]), film("sound", [], [])]
    found = films_found(films, "inclusion", 1)
    assert (found.found, found.moved, found.swapped) == (1, 1, 0)


def test_a_short_film_takes_its_chance_from_films_as_long() -> None:
    short = film_cells("short", Seam(round(2 * CELL), (100, 300), (100, 300)), [pore(1)], [call(0.5)])
    assert swapped(short, [short, film("long", [], [call(3.5)])]).shape == (20, 2)


def test_cells_of_one_family_alone_leave_out_shared_ones() -> None:
    films = [film("a", [Flaw("402", 1, 50.0), pore(2)], [call(1.5)]), film("b", [], [])]
    assert cells_hit(films, "fusion", 1).count == 5
    assert cells_hit(films, ANY, 1, alone=True).count == 4
    assert (cells_hit(films, "fusion", 1, alone=True).count, cells_hit(films, "fusion", 1, alone=True).found) == (4, 0)


def test_naming_counts_the_best_call_of_found_cells() -> None:
    flaws = [pore(1), pore(3), Flaw("1011", 6, 5.0), Flaw("1011", 9, 5.0)]
    calls = [
        *(call(0.5, 0.9, "cavity"), call(0.5, 0.8, "crack")),
        *(call(2.5, 0.9, "crack"), call(5.5, 0.9, "crack"), call(12.5, 0.9, "crack")),
    ]
    named = naming([film("a", flaws, calls)], 1e9)
    assert named is not None
    assert (named.count, named.right, named.commonest) == (3, pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert naming([film("a", flaws, [call(0.5)])], 1e9) is None


def test_over_all_moves_the_place_is_right_by_chance() -> None:
    rng = np.random.default_rng(3)
    recorded, scores = rng.random(20) < 0.3, rng.random(20)
    every = [place_auc([recorded], [np.roll(scores, k)]) for k in range(20)]
    assert np.mean(every) == pytest.approx(0.5)
    assert place_auc([np.array([True, False])], [np.array([-np.inf, -np.inf])]) == 0.5


def test_marks_agree_best_where_the_records_are() -> None:
    rng, films = np.random.default_rng(1), list[Placed]()
    for _ in range(8):
        flawed = sorted(rng.choice(18, 4, replace=False).tolist())
        films.append(placed(LEVEL, [pore(c + 1) for c in flawed], [call(c + rng.uniform(0.2, 0.8)) for c in flawed]))
    shifts, scales = by_shift(films), by_scale(films)
    assert max(shifts, key=shifts.__getitem__) == 0 and shifts[0] == 1
    assert max(shifts[-2], shifts[2], reversed_direction(films)) < 0.7
    assert max(scales, key=scales.__getitem__) == 1


def test_finds_where_a_crop_was_cut_out() -> None:
    whole = np.random.default_rng(2).normal(0, 1, (40, 80)).astype(np.float32).repeat(16, 0).repeat(16, 1)
    assert crop_offset(whole, whole[128:400, 32:1200]) == (32, 128)


def test_keeps_what_a_weights_file_said(tmp_path: Path, toy_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = toy_film(320, 640)
    pixels[150:166, 300:316] //= 2
    write_png(tmp_path / "a.png", pixels)
    calls = Inspected(str(toy_weights), tmp_path / "runs").calls([tmp_path / "a.png"], iter)["a"]
    assert [each.family for each in calls] == ["cavity"]
    assert abs(calls[0].box[0] + calls[0].box[2] / 2 - 308) < 8
    again = Inspected(str(toy_weights), tmp_path / "runs")
    monkeypatch.setattr(again, "_inspector", None)
    assert again.calls([tmp_path / "a.png"], iter)["a"] == calls
    assert again.revision


def test_every_committed_weights_file_is_brought_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q"], check=True)
    for text in ("old", "new"):
        Path("film.onnx").write_text(text)
        subprocess.run([*git, "add", "film.onnx"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", text], check=True)
    Path("out").mkdir()
    assert [file.read_text() for file in released("film.onnx", Path("out"))] == ["old", "new"]


def test_the_page_has_every_film_and_family() -> None:
    flaws, calls = [Flaw("1011", 3, 5.0), pore(8)], [call(2.5), call(15.5)]
    marks = (placed(LEVEL, flaws, calls),)
    measures = {"ap50": 0.1, "ap30": 0.2, "ap": 0.1, "hits": {"5": 0.5}, "pixel_ap": None, "auroc": None}
    none = {"best_f1": None, "best_threshold": None, "by_side": [], "by_contrast": [], "seconds": 1.0}
    outlined = Evaluation(name="one", data="set", images=7, flaws=2, calls=2, false_calls=1, **measures, **none)  # type: ignore[arg-type]
    films = (film("a", flaws, calls), film("b", [], []), film("W0003_0006", flaws, []))
    text = page([Version("one", "abc", 0.3, films, marks, outlined)], marks, "python -m benchmarks.records")
    for words in (
        "| a | crack 1/1, cavity 0/1 |",
        "| b | none recorded |",
        "crack (1xx)",
        "names no family",
        "outlines of",
        "the 2 films",
    ):
        assert words in text


def test_sound_cells_keep_away_from_recorded_ones() -> None:
    recorded = recorded_cells([pore(1), pore(20)], 20)["cavity"]
    assert sound_cells(recorded).nonzero()[0].tolist() == list(range(2, 18))
    assert sound_cells(np.array([False, True])).tolist() == [False, False]
    assert sound_cells(np.zeros(1, bool)).tolist() == [True]
