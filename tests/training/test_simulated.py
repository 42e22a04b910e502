from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from dynawave.datasets.coco import load_coco
from dynawave.errors import ConfigError
from dynawave.simulate import FilmSpec
from dynawave.simulate.dataset import simulate_dataset
from dynawave.taxonomy import CLASSES
from dynawave.training import simulated
from dynawave.training.config import SimulationConfig, TrainingConfig
from dynawave.training.data import TileData
from dynawave.training.simulated import HELD_OUT, SimulatedPool, draw_film, held_out_pool
from dynawave.training.tiles import Film, TileDataset, load_film

SMALL = SimulationConfig(seed=7, width=300, height=256, films=3, tiles=4)
FLAW = ("flaw",)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Plain films in place of simulated ones; the numbers of those that were drawn."""
    numbers: list[int] = []

    def draw(_: SimulationConfig, index: int, __: object) -> Film:
        numbers.append(index)
        pixels = np.random.default_rng(index).integers(100, 900, (80, 80)).astype(np.uint16)
        return Film(pixels, (0.0, 1000.0), np.zeros((80, 80), np.int16), np.zeros(0, np.int64), np.zeros((0, 2)))

    monkeypatch.setattr(simulated, "draw_film", draw)
    return numbers


@pytest.mark.parametrize("classes", [FLAW, tuple(flaw.name for flaw in CLASSES)], ids=["one", "all"])
def test_a_film_is_the_one_that_the_command_writes(classes: tuple[str, ...], tmp_path: Path) -> None:
    simulate_dataset(tmp_path, 3, 7, FilmSpec(width=300, height=256))
    dataset = load_coco(tmp_path)
    flaws = 0
    for index, image in enumerate(dataset.images):
        mine, stored = draw_film(SMALL, index, classes), load_film(dataset, image, classes)
        for name in ("pixels", "limits", "instances", "labels", "centres"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(stored, name))
        flaws += len(mine.labels)
    assert flaws


def test_tile_k_is_the_same_whatever_was_drawn_before(drawn: list[int]) -> None:
    """Started anew at any tile, as a resumed run is, and in any order."""
    config = TrainingConfig(tile=64)
    whole = TileDataset([SimulatedPool(SMALL, 1.0, FLAW, 2)], config, 0, 40)
    tiles = [whole[k][0] for k in range(40)]
    resumed = TileDataset([SimulatedPool(SMALL, 1.0, FLAW, 2)], config, 23, 17)
    for k in (0, 16, 5):
        np.testing.assert_array_equal(resumed[k][0], tiles[23 + k])


def test_windows_move_along_the_series(drawn: list[int]) -> None:
    """Eight sets of films take turns, batch by batch; each film is simulated once, and serves four tiles on average."""
    pool = SimulatedPool(SMALL, 1.0, FLAW, 2)
    assert [list(pool.window(k)) for k in (0, 1, 2, 15)] == [[0, 8, 16], [0, 8, 16], [1, 9, 17], [7, 15, 23]]
    assert [list(pool.window(k)) for k in (16, 31, 32)] == [[0, 8, 16], [7, 15, 23], [8, 16, 24]]
    for k in range(800):
        shown = pool.film(np.random.default_rng(k), k)
        held = pool._films
        assert any(shown is held.get(number) for number in pool.window(k)) and len(held) <= 8 * SMALL.films
    assert len(drawn) == len(set(drawn)) and 180 <= len(drawn) <= 800 / 4 + 8 * SMALL.films


def test_workers_share_no_film() -> None:
    """Two workers get every other batch."""
    pool = SimulatedPool(SMALL, 1.0, FLAW, 2)
    films = [{number for k in range(200) if k // 2 % 2 == worker for number in pool.window(k)} for worker in (0, 1)]
    assert films[0] and films[1] and not films[0] & films[1]


def test_batches_do_not_depend_on_the_number_of_workers(config: TrainingConfig) -> None:
    def batches(workers: int) -> list[torch.Tensor]:
        few = SMALL.model_copy(update={"films": 2})
        data = TileData([SimulatedPool(few, 1.0, FLAW, 2)], [], config.model_copy(update={"workers": workers}))
        data.trainer = SimpleNamespace(current_epoch=1)  # type: ignore[assignment]
        return [batch[0] for batch in data.train_dataloader()]

    threads = cv2.getNumThreads()
    cv2.setNumThreads(0)
    try:
        for alone, shared in zip(batches(0), batches(2), strict=True):
            assert torch.equal(alone, shared)
    finally:
        cv2.setNumThreads(threads)


def test_films_for_validation_are_never_trained_on(drawn: list[int]) -> None:
    pool = held_out_pool(SMALL, 2.0, FLAW)
    assert drawn == list(HELD_OUT) and len(pool.films) == len(HELD_OUT) and pool.share == 2
    assert SimulatedPool(SMALL, 1.0, FLAW, 2).window(10**9)[-1] < HELD_OUT.start


def test_a_class_that_the_model_lacks_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="may draw crack, which is not among"):
        SimulatedPool(SMALL, 1.0, ("gas_pore", "slag_inclusion"), 2)
