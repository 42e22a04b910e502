"""A training run: a folder that holds all it takes to repeat it, and that a killed run is resumed from."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import lightning as L
import torch
from lightning.pytorch.callbacks import (
    Callback,
    LearningRateMonitor,
    ModelCheckpoint,
    TQDMProgressBar,
    WeightAveraging,
)
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.load import load_dataset
from dynawave.distillation.msfd_ts import moving_average
from dynawave.distillation.pdps import KindStatistics, count_kinds
from dynawave.errors import ConfigError
from dynawave.network.model import DynaWaveNet
from dynawave.training.config import MOMENTUM, SourceConfig, StartConfig, TrainingConfig
from dynawave.training.data import TileData
from dynawave.training.memory import keep_freed_memory
from dynawave.training.module import DetectionModule, build_network
from dynawave.training.record import Used, check_same_run, labelled, record_run, terms_of
from dynawave.training.simulated import SimulatedPool, held_out_pool
from dynawave.training.tiles import Source, load_pool
from dynawave.training.unlabelled import UnlabelledFilms, find_films
from dynawave.training.weights import save_weights, start_from
from dynawave.weights import find

WEIGHTS_FILE = "weights.safetensors"


class AveragedWeights(WeightAveraging):
    """Moving average of the weights (39, 46): the teacher, and what the network holds when training is over."""

    def __init__(self, momentum: float) -> None:
        super().__init__(multi_avg_fn=moving_average(momentum))

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """The averaged model teaches; it was made before the module went to its device."""
        assert isinstance(pl_module, DetectionModule) and self._average_model is not None
        average = self._average_model.to(pl_module.device).module
        assert isinstance(average, DetectionModule)
        pl_module.teacher = average.eval().view  # not the module itself, which would become a part of its pupil

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Also where nothing was left to train, in a run that was killed after its last checkpoint."""
        self.on_train_end(trainer, pl_module)


def train(
    config: TrainingConfig, data: Sequence[Path], out: Path, init: Path | None = None, unlabelled: Path | None = None
) -> Path:
    """Train, or resume what was begun in `out`; returns the weights file.

    Args:
        config: what to train.
        data: one folder a source of the configuration that is not simulated, in its order.
        out: run folder: config.yaml, provenance.json, logs, checkpoints, weights.safetensors.
        init: weights to start from, in place of the configuration's `start`; what they lack begins as ever.
        unlabelled: folder of films to adapt to, see `AdaptationConfig`.

    Raises:
        ConfigError: another configuration or other data began this run, the sources do not match the folders, or there
            is no teacher for unlabelled films.
        DatasetError: the data do not fit.
        KeyboardInterrupt: it was stopped by Ctrl-C.
    """
    folders = sum(source.simulate is None for source in config.sources)
    if folders != len(data):
        raise ConfigError(
            f"sources: besides simulated ones the configuration describes {folders}, "
            f"but {len(data)} --data folders are given."
        )
    keep_freed_memory()
    cv2.setNumThreads(0)  # its thread pool does not survive the fork of the loader's workers
    datasets = [load_dataset(path) for path in data]
    films = _films_to_adapt_to(config, unlabelled)
    used = _learned_from(config, labelled(data, datasets), films)
    check_same_run(config, used, out)
    L.seed_everything(config.seed, workers=True)
    network = _network(config, init)
    sources, held_out = load_sources(config, datasets)
    tiles = TileData(sources, held_out, config, films.load() if films else ())
    record_run(config, used, init, out)
    trainer = _trainer(config, out, validate=bool(held_out))
    last = out / "checkpoints" / "last.ckpt"
    statistics = _statistics(config, sources)
    module = DetectionModule(network, config, statistics)
    resume = str(last) if last.exists() else None
    try:
        trainer.fit(module, datamodule=tiles, ckpt_path=resume, weights_only=True)
    except SystemExit:  # what Lightning makes of Ctrl-C
        raise KeyboardInterrupt from None
    weights = out / WEIGHTS_FILE
    save_weights(module.network, config, weights, statistics, terms_of(out))
    return weights


def _network(config: TrainingConfig, init: Path | None) -> DynaWaveNet:
    """As it is before the first step."""
    start = StartConfig() if init else config.start
    whole = start is not None and not start.parts
    network = build_network(config, pretrained=False if whole else None)
    if start:
        start_from(network, init or find(start.weights).with_suffix(".safetensors"), start.parts)
    return network


def _films_to_adapt_to(config: TrainingConfig, folder: Path | None) -> UnlabelledFilms | None:
    """The unlabelled films, where there are any and they count."""
    if folder is None or not config.adaptation.weight:
        return None
    if not MOMENTUM[0] <= config.ema <= MOMENTUM[1]:
        raise ConfigError(f"ema: unlabelled films need a teacher, hence {MOMENTUM[0]} to {MOMENTUM[1]}.")
    return find_films(folder, config.adaptation.exclude_films)


def _learned_from(config: TrainingConfig, sets: list[Used], films: UnlabelledFilms | None) -> list[Used]:
    """What the weights owe to data, and so the terms of data: nothing where not one tile is looked at."""
    if not config.images_seen:
        return []
    if films:
        terms = config.adaptation.terms
        return [*sets, Used(films.folder, films.digest, False, terms, research_only=bool(terms))]
    return sets


def load_sources(config: TrainingConfig, datasets: Sequence[CocoDataset]) -> tuple[list[Source], list[Source]]:
    """Films for training and, of sets with many films and of simulated ones, some for validation.

    Raises:
        DatasetError: the data do not fit.
    """
    training: list[Source] = []
    held_out: list[Source] = []
    folders = iter(datasets)
    for source in config.sources:
        if source.simulate:
            training.append(SimulatedPool(source.simulate, source.share, config.classes, config.batch))
            held_out.append(held_out_pool(source.simulate, source.share, config.classes))
            continue
        dataset = next(folders)
        groups = sorted({image.group for image in dataset.images} - set(source.exclude_films))
        validation = tuple(groups[::20]) if len(groups) >= 40 else ()
        training.append(load_pool(dataset, _without(source, {*source.exclude_films, *validation}), config.classes))
        if validation:
            others = {image.group for image in dataset.images} - set(validation)
            held_out.append(load_pool(dataset, _without(source, others), config.classes))
    return training, held_out


def _without(source: SourceConfig, films: set[str]) -> SourceConfig:
    """The source with just these films excluded, and all else as it was asked for."""
    return source.model_copy(update={"exclude_films": tuple(sorted(films))})


def _statistics(config: TrainingConfig, sources: Sequence[Source]) -> KindStatistics | None:
    """Kinds of flaw in the training films, counted where the objective asks for them and anything is learnt."""
    asked = config.guidance.epsilon > 0 or config.guidance.balanced or config.network.relations
    if not asked or not config.images_seen or len(config.classes) == 1:
        return None
    return count_kinds(chain.from_iterable(source.labels() for source in sources), len(config.classes))


def _trainer(config: TrainingConfig, out: Path, validate: bool) -> L.Trainer:
    callbacks: list[Callback] = [
        ModelCheckpoint(out / "checkpoints", "last", enable_version_counter=False, save_on_train_epoch_end=True),
        LearningRateMonitor("step"),
        TQDMProgressBar(refresh_rate=10),
    ]
    if config.ema:
        callbacks.append(AveragedWeights(config.ema))
    gpu = torch.cuda.is_available()
    precision: Any = config.precision if config.precision != "auto" else ("bf16-mixed" if gpu else "32-true")
    return L.Trainer(
        accelerator="gpu" if gpu else "cpu",
        devices=1,
        precision=precision,
        max_epochs=-(-config.images_seen // config.epoch_images),
        reload_dataloaders_every_n_epochs=1,
        gradient_clip_val=config.clip_norm,
        logger=[CSVLogger(out, "logs"), TensorBoardLogger(str(out), "tensorboard")],
        callbacks=callbacks,
        log_every_n_steps=20,
        limit_val_batches=None if validate else 0,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
