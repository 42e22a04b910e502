"""The Lightning data module: tiles of the current epoch, so that a resumed run goes on where it was killed."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import lightning as L
from torch.utils.data import DataLoader, Dataset

from dynawave.training.config import TrainingConfig
from dynawave.training.tiles import Source, TileDataset
from dynawave.training.unlabelled import MixedTiles, TargetTiles, UnlabelledFilm, collate

VALIDATION_TILES: Final = 128
VALIDATION_SEED: Final = 2**31
"""Validation tiles come from an own sequence and from films that training never draws."""


class TileData(L.LightningDataModule):
    """Tiles for training from `sources` and, without labels, from `unlabelled`, and for validation from `held_out`."""

    def __init__(
        self,
        sources: Sequence[Source],
        held_out: Sequence[Source],
        config: TrainingConfig,
        unlabelled: Sequence[UnlabelledFilm] = (),
    ) -> None:
        super().__init__()
        self.sources, self.held_out, self.config, self.unlabelled = sources, held_out, config, unlabelled

    def train_dataloader(self) -> DataLoader[Any]:
        """The tiles of this epoch; the last epoch ends with the budget."""
        assert self.trainer is not None
        first = self.trainer.current_epoch * self.config.epoch_images
        count = min(self.config.epoch_images, max(self.config.images_seen - first, 0))
        tiles = TileDataset(self.sources, self.config, first, count)
        if not self.unlabelled:
            return self._loader(tiles)
        return self._loader(MixedTiles(tiles, TargetTiles(self.unlabelled, self.config)), collate)

    def val_dataloader(self) -> DataLoader[Any]:
        """The same tiles every time."""
        config = self.config.model_copy(update={"seed": VALIDATION_SEED})
        return self._loader(TileDataset(self.held_out, config, 0, VALIDATION_TILES if self.held_out else 0))

    def _loader(self, tiles: Dataset[Any], collate_fn: Callable[[Any], Any] | None = None) -> DataLoader[Any]:
        return DataLoader(
            tiles,
            self.config.batch,
            collate_fn=collate_fn,
            num_workers=self.config.workers,
            prefetch_factor=4 if self.config.workers else None,
        )
