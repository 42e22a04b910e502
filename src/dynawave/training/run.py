"""A training run: a folder that holds all it takes to repeat it, and that a killed run is resumed from."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import lightning as L
import torch
import yaml
from lightning.pytorch.callbacks import (
    Callback,
    LearningRateMonitor,
    ModelCheckpoint,
    TQDMProgressBar,
    WeightAveraging,
)
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from torch.optim.swa_utils import get_ema_multi_avg_fn

from dynawave.datasets.coco import CocoDataset
from dynawave.datasets.load import data_hash, load_dataset
from dynawave.errors import ConfigError
from dynawave.training.config import SourceConfig, TrainingConfig
from dynawave.training.data import TileData
from dynawave.training.module import DetectionModule, build_network
from dynawave.training.tiles import Pool, load_pool
from dynawave.training.weights import load_weights, save_weights

WEIGHTS_FILE = "weights.safetensors"


class AveragedWeights(WeightAveraging):
    """Exponential moving average of the weights, in one call: one by one it costs a tenth of a step."""

    def should_update(self, step_idx: int | None = None, epoch_idx: int | None = None) -> bool:
        """Update after every step."""
        return step_idx is not None


def train(config: TrainingConfig, data: Sequence[Path], out: Path, init: Path | None = None) -> Path:
    """Train, or resume what was begun in `out`; returns the weights file.

    Args:
        config: what to train.
        data: one folder a source of the configuration, in its order.
        out: run folder: config.yaml, provenance.json, logs, checkpoints, weights.safetensors.
        init: weights to start from, in place of the ImageNet backbone alone.

    Raises:
        ConfigError: another configuration began this run, or the sources do not match the folders.
        DatasetError: the data do not fit.
    """
    if len(config.sources) != len(data):
        raise ConfigError(
            f"sources: the configuration describes {len(config.sources)}, but {len(data)} --data folders are given."
        )
    cv2.setNumThreads(0)  # its thread pool does not survive the fork of the loader's workers
    datasets = [load_dataset(path) for path in data]
    _begin(config, data, datasets, out, init)
    L.seed_everything(config.seed, workers=True)
    network = build_network(config, pretrained=False if init else None)
    if init:
        load_weights(network, init)
    pools, held_out = _pools(config, datasets)
    trainer = _trainer(config, out, validate=bool(held_out))
    last = out / "checkpoints" / "last.ckpt"
    module = DetectionModule(network, config)
    resume = str(last) if last.exists() else None
    trainer.fit(module, datamodule=TileData(pools, held_out, config), ckpt_path=resume, weights_only=False)
    if trainer.interrupted:
        raise KeyboardInterrupt
    weights = out / WEIGHTS_FILE
    save_weights(module.network, config, weights)
    return weights


def _pools(config: TrainingConfig, datasets: Sequence[CocoDataset]) -> tuple[list[Pool], list[Pool]]:
    """Films for training and, of sets with many films, one in twenty for validation."""
    pools, held_out = [], []
    for dataset, source in zip(datasets, config.sources, strict=True):
        groups = sorted({image.group for image in dataset.images} - set(source.exclude_films))
        validation = tuple(groups[::20]) if len(groups) >= 40 else ()
        rest = SourceConfig(share=source.share, exclude_films=(*source.exclude_films, *validation))
        pools.append(load_pool(dataset, rest, config.classes))
        if validation:
            others = tuple(sorted({image.group for image in dataset.images} - set(validation)))
            only = SourceConfig(share=source.share, exclude_films=others)
            held_out.append(load_pool(dataset, only, config.classes))
    return pools, held_out


def _trainer(config: TrainingConfig, out: Path, validate: bool) -> L.Trainer:
    callbacks: list[Callback] = [
        ModelCheckpoint(out / "checkpoints", "last", enable_version_counter=False, save_on_train_epoch_end=True),
        LearningRateMonitor("step"),
        TQDMProgressBar(refresh_rate=10),
    ]
    if config.ema:
        callbacks.append(AveragedWeights(multi_avg_fn=get_ema_multi_avg_fn(config.ema)))
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


def _begin(
    config: TrainingConfig, data: Sequence[Path], datasets: Sequence[CocoDataset], out: Path, init: Path | None
) -> None:
    """Write what the run depends on, or check that it is the same run."""
    out.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    file = out / "config.yaml"
    if file.exists() and file.read_text() != text:
        raise ConfigError(f"{file}: another configuration began this run; choose another --out to train anew.")
    file.write_text(text)
    facts = {
        "data": [
            {"path": str(path), "sha256": data_hash(dataset)} for path, dataset in zip(data, datasets, strict=True)
        ],
        "init": str(init) if init else None,
        "git": _git_revision(),
        "versions": {
            name: version(name) for name in ("dynawave", "torch", "lightning", "numpy", "opencv-python-headless")
        },
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()},
    }
    (out / "provenance.json").write_text(json.dumps(facts, indent=2))


def _git_revision() -> str | None:
    """The revision of the source tree that runs, marked when it has local changes; None outside a checkout."""
    folder = Path(__file__).parent
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
