"""The Lightning data module: tiles of the current epoch, so that a resumed run goes on where it was killed."""

from collections.abc import Sequence
from typing import Any, Final

import lightning as L
from torch.utils.data import DataLoader

from dynawave.training.config import TrainingConfig
from dynawave.training.tiles import Source, TileDataset

VALIDATION_TILES: Final = 128
VALIDATION_SEED: Final = 2**31
"""Validation tiles come from an own sequence and from films that training never draws."""


class TileData(L.LightningDataModule):
    """Tiles for training from `sources`, and for validation from `held_out`."""

    def __init__(self, sources: Sequence[Source], held_out: Sequence[Source], config: TrainingConfig) -> None:
        super().__init__()
        self.sources, self.held_out, self.config = sources, held_out, config

    def train_dataloader(self) -> DataLoader[Any]:
        """The tiles of this epoch; the last epoch ends with the budget."""
        assert self.trainer is not None
        first = self.trainer.current_epoch * self.config.epoch_images
        count = min(self.config.epoch_images, max(self.config.images_seen - first, 0))
        return self._loader(TileDataset(self.sources, self.config, first, count))

    def val_dataloader(self) -> DataLoader[Any]:
        """The same tiles every time."""
        config = self.config.model_copy(update={"seed": VALIDATION_SEED})
        return self._loader(TileDataset(self.held_out, config, 0, VALIDATION_TILES if self.held_out else 0))

    def _loader(self, tiles: TileDataset) -> DataLoader[Any]:
        return DataLoader(
            tiles,
            self.config.batch,
            num_workers=self.config.workers,
            prefetch_factor=4 if self.config.workers else None,
        )
