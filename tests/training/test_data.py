from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dynawave.training.config import TrainingConfig
from dynawave.training.data import VALIDATION_TILES, TileData
from dynawave.training.losses import Batch
from dynawave.training.tiles import Film, Pool


@pytest.fixture
def data(config: TrainingConfig) -> TileData:
    film = Film(np.full((80, 80), 900, np.uint16), (0.0, 1000.0), np.zeros((80, 80), np.int16), np.zeros(0, np.int64),
                np.zeros((0, 2)))  # fmt: skip
    pool = Pool((film,), 1.0)
    return TileData([pool], [pool], config.model_copy(update={"images_seen": 10}))


@pytest.mark.parametrize(("epoch", "first", "count"), [(0, 0, 4), (1, 4, 4), (2, 8, 2), (3, 12, 0)])
def test_each_epoch_goes_on_where_the_last_ended(data: TileData, epoch: int, first: int, count: int) -> None:
    """Ten tiles by fours: the third epoch has two, and a finished run none."""
    data.trainer = SimpleNamespace(current_epoch=epoch)  # type: ignore[assignment]
    tiles = data.train_dataloader().dataset
    assert (tiles.first, len(tiles)) == (first, count)


def test_batches_fit_the_losses(data: TileData) -> None:
    data.trainer = SimpleNamespace(current_epoch=0)  # type: ignore[assignment]
    batch = Batch(*next(iter(data.train_dataloader())))
    assert batch.image.shape == (2, 3, 64, 64) and batch.box.shape == (2, 4, 16, 16)
    assert batch.label.dtype == torch.int64


def test_validation_tiles_are_a_sequence_of_their_own(data: TileData) -> None:
    data.trainer = SimpleNamespace(current_epoch=0)  # type: ignore[assignment]
    tiles, training = data.val_dataloader().dataset, data.train_dataloader().dataset
    assert len(tiles) == VALIDATION_TILES
    np.testing.assert_array_equal(tiles[3][0], data.val_dataloader().dataset[3][0])
    assert not np.array_equal(tiles[0][0], training[0][0])
