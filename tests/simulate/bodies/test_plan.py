"""What a weld holds: reproducible, and as often and together as the table says."""

import csv
import os
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from dynawave.simulate.bodies import WeldFrame, plan
from dynawave.simulate.bodies.plan import RECIPES, kinds_of_weld
from dynawave.simulate.bodies.statistics import statistics
from dynawave.taxonomy import BY_NUMBER

TABLE = statistics()
FAMILIES = ("crack", "cavity", "inclusion", "fusion", "shape")
RECORDS = Path(os.environ.get("DYNAWAVE_DATA", Path(__file__).parents[4] / "shared/data"))
RECORDS = RECORDS / "gdxray-welds/W0003/real_values.csv"


@pytest.fixture
def frame():
    line = np.full(1000, 200, np.float32)
    return WeldFrame(line, line - 120, line + 120, 10.0, 0.05)


def test_every_kind_of_the_table_has_a_recipe():
    assert list(RECIPES) == list(TABLE.kinds)
    assert {kind.family for kind in TABLE.kinds.values()} == set(TABLE.companions) == set(FAMILIES)
    assert all(set(row) == set(FAMILIES) for row in TABLE.companions.values())


def test_the_same_seed_gives_the_same_weld(frame):
    one, same, other = (list(plan(np.random.default_rng(seed), frame)) for seed in (5, 5, 6))
    assert len(one) == len(same) > 0
    for a, b in zip(one, same, strict=True):
        assert (a.iso6520, a.offset, a.position_mm) == (b.iso6520, b.offset, b.position_mm)
        assert np.array_equal(a.loss_mm, b.loss_mm)
    assert [a.position_mm for a in one] != [b.position_mm for b in other]


def test_all_numbers_are_in_the_taxonomy_and_many_kinds_are_drawn(frame):
    numbers = {body.iso6520 for seed in range(25) for body in plan(np.random.default_rng(seed), frame)}
    assert numbers <= set(BY_NUMBER) and len(numbers) > 10


def test_main_kinds_and_companions_follow_the_table():
    rng, welds = np.random.default_rng(0), 12000
    drawn = [kinds_of_weld(rng, TABLE) for _ in range(welds)]
    weights = TABLE.weights()
    main = Counter(kinds[0] for kinds in drawn)
    for name, weight in weights.items():
        share = weight / sum(weights.values())
        assert main[name] / welds == pytest.approx(share, abs=4 * np.sqrt(share / welds))
    families = [[TABLE.kinds[kind].family for kind in kinds] for kinds in drawn]
    for first, row in TABLE.companions.items():
        rest = [kinds[1:] for kinds in families if kinds[0] == first]
        for second, chance in row.items():
            got = np.mean([second in kinds for kinds in rest])
            assert got == pytest.approx(chance, abs=4 * np.sqrt(0.25 / len(rest)))
    assert all(len(set(kinds)) == len(kinds) for kinds in drawn)


def test_number_of_flaws_follows_the_table(frame):
    only = TABLE.model_copy(
        update={
            "kinds": {"large_pore": TABLE.kinds["large_pore"].model_copy(update={"per_100mm": 40.0})},
            "companions": {"cavity": {}},
            "specks_per_100mm": (10.0,),
        }
    )
    bodies = [body for seed in range(60) for body in plan(np.random.default_rng(seed), frame, only)]
    large = sum(body.length_mm > 0.95 for body in bodies)
    # 50 mm of seam: 20 large pores and 5 specks a weld
    assert large / 60 == pytest.approx(20, abs=4 * np.sqrt(20 / 60))
    assert (len(bodies) - large) / 60 == pytest.approx(5, abs=4 * np.sqrt(5 / 60))
    assert all(0 <= body.position_mm[0] <= 50 for body in bodies)


@pytest.mark.data
@pytest.mark.skipif(not RECORDS.exists(), reason="the records of GDXray W0003 are not here")
def test_the_table_is_that_of_the_recorded_films():
    family = {"1": "crack", "2": "cavity", "3": "inclusion", "4": "fusion", "5": "shape"}
    films = defaultdict(set)
    for record in csv.DictReader(RECORDS.open()):
        number = record["iso6520_type"].strip("*")
        films[record["image"]] |= {int(number)} if number != "none" else set()
    for kind in TABLE.kinds.values():
        assert sum(bool(set(kind.recorded) & numbers) for numbers in films.values()) == kind.films
    held = [Counter(family[str(number)[0]] for number in numbers) for numbers in films.values()]
    for first, row in TABLE.companions.items():
        having = [counts for counts in held if counts[first]]
        for second, chance in row.items():
            both = sum(counts[second] > (first == second) for counts in having)
            assert chance == pytest.approx((both + 0.5) / (len(having) + 1), abs=0.006)


def test_what_networks_miss_is_drawn_more_often_than_recorded():
    weights = TABLE.weights()
    for name, kind in TABLE.kinds.items():
        assert weights[name] == pytest.approx(kind.emphasis * (kind.films + TABLE.prior_films))
    assert {name for name, kind in TABLE.kinds.items() if kind.emphasis > 1} >= {"transverse", "side_wall", "tungsten"}
