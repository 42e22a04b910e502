"""D-FINE of nano size, from scratch, by Hugging Face's transformers.

Boxes and anchors of this network are parts of a tile, so films are inspected in tiles as large as it was trained on,
whatever the card of the table's first row says. Its denoising queries, losses and their weights are transformers' own.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.peers.boxes import find_boxes
from benchmarks.peers.card import card_in, card_of, open_model
from benchmarks.peers.command import Job, Program, main
from benchmarks.peers.fit import OPTIONS, Lesson, fit, leave
from benchmarks.peers.pictures import known_boxes
from benchmarks.peers.shown import shown
from dynawave.errors import DynaWaveError
from dynawave.evaluation.calls import Calls, Detector
from dynawave.inspection.runtime import ModelCard
from dynawave.training.config import TrainingConfig
from dynawave.training.tiles import Drawn

LIBRARY: Final = ".lib-dfine"
STRIDES: Final = (16, 32)
QUERIES: Final = 300
BACKBONE: Final[dict[str, Any]] = {
    "stem_channels": [3, 16, 16],
    "stage_in_channels": [16, 64, 256, 512],
    "stage_mid_channels": [16, 32, 64, 128],
    "stage_out_channels": [64, 256, 512, 1024],
    "hidden_sizes": [64, 256, 512, 1024],
    "stage_num_blocks": [1, 1, 2, 1],
    "stage_numb_of_layers": [3, 3, 3, 3],
    "use_learnable_affine_block": True,
    "out_indices": [3, 4],
}
"""HGNetV2-B0, its stages at 1/16 and 1/32 of the size."""
NANO: Final[dict[str, Any]] = {
    "freeze_backbone_batch_norms": False,  # from scratch they have nothing to keep
    "feat_strides": list(STRIDES),
    "num_feature_levels": len(STRIDES),
    "encoder_in_channels": [512, 1024],
    "encode_proj_layers": [1],
    "encoder_hidden_dim": 128,
    "encoder_ffn_dim": 512,
    "hidden_expansion": 0.34,
    "depth_mult": 0.5,
    "d_model": 128,
    "decoder_in_channels": [128, 128],
    "decoder_ffn_dim": 512,
    "decoder_layers": 3,
    "decoder_n_points": [6, 6],
}
"""Sizes of the published nano variant; what is not said is transformers' default, the same for all variants."""

Batch = tuple[Tensor, list[Tensor]]


class DfineFailed(DynaWaveError):
    """transformers is not there."""


def train(job: Job) -> None:
    """Train for the budget and write the model; a killed run goes on from its last saved step."""
    torch.manual_seed(job.tiles.seed)
    network = build(job.tiles).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = fit(job, network, Lesson(with_boxes, loss, together))
    leave(job, _export(averaged, job.tiles.tile), own_card(job.tiles))


def build(tiles: TrainingConfig) -> nn.Module:
    """The network with random weights; it asks for no more boxes than a small tile has cells."""
    library = transformers()
    network: nn.Module = library.DFineForObjectDetection(
        library.DFineConfig(
            backbone_config=library.HGNetV2Config(**BACKBONE),
            num_labels=len(tiles.classes),
            num_queries=min(QUERIES, sum((tiles.tile // stride) ** 2 for stride in STRIDES)),
            **NANO,
        )
    )
    return network


def transformers() -> Any:
    """The library, from the folder that `make peers` fills, looked into last: it hides nothing of the package's own.

    Raises:
        DfineFailed: it is not there.
    """
    folder = str(Path(os.environ.get("DFINE", LIBRARY)).absolute())
    if folder not in sys.path:
        sys.path.append(folder)
    os.environ.setdefault("TRANSFORMERS_DISABLE_TORCH_CHECK", "1")  # its checks of shapes have no word in ONNX
    try:
        return importlib.import_module("transformers")
    except ImportError as error:
        raise DfineFailed(
            f"{folder}: no transformers: run make peers, or name the folder in DFINE ({error})."
        ) from error


def with_boxes(drawn: Drawn) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """A tile and the boxes of `known_boxes`."""
    return drawn.image, known_boxes(drawn.instances, drawn.labels)


def together(tiles: list[tuple[NDArray[np.float32], NDArray[np.float64]]]) -> Batch:
    """Images [N, 3, tile, tile], and the boxes of each."""
    images, boxes = zip(*tiles, strict=True)
    return torch.from_numpy(np.stack(images)), [torch.from_numpy(each) for each in boxes]


def loss(network: nn.Module, batch: Batch) -> Tensor:
    """Of a batch, as transformers weighs its terms."""
    images, boxes = batch
    targets = [{"class_labels": each[:, 0].long(), "boxes": each[:, 1:].float()} for each in boxes]
    value: Tensor = network(images.to(memory_format=torch.channels_last), labels=targets).loss
    return value


def own_card(tiles: TrainingConfig) -> ModelCard:
    """The card of the tiles, which says to inspect in tiles as large as those."""
    return card_of(tiles.model_copy(update={"card": {**tiles.card, "tile": tiles.tile}}))


class Pixels(nn.Module):
    """[N, 4 + classes, boxes] of the network's last layer: centre, width and height in pixels, and a score a class."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        found = self.network(image)
        height, width = image.shape[2:]
        sides = [found.pred_boxes[..., side : side + 1] * (height if side % 2 else width) for side in range(4)]
        return torch.cat([*sides, found.logits.sigmoid()], -1).transpose(1, 2)


def _export(network: nn.Module, tile: int) -> torch.onnx.ONNXProgram | None:
    """As ONNX for tiles of one size: transformers makes plain numbers of the sides of its map of positions."""
    image = torch.zeros(1, 3, tile, tile)
    with torch.no_grad():
        return torch.onnx.export(Pixels(network).eval(), (image,), dynamo=True, input_names=["image"], verbose=False)


def _versions() -> dict[str, str]:
    return {"transformers": transformers().__version__}


def detector(model: Path, threads: int | None) -> Detector:
    """The network of an ONNX file that `Pixels` wrote."""
    network = open_model(model, threads)
    card = card_in(network, model)
    return lambda image: Calls(find_boxes(network, shown(image, card), image, card))


PROGRAM: Final = Program(
    # matching ranks boxes by costs that are too near each other for half precision
    {**OPTIONS, "learning_rate": 4e-4, "weight_decay": 1e-4, "clip": 0.1, "precision": "32-true"},
    train,
    detector,
    _versions,
)

if __name__ == "__main__":
    cv2.setNumThreads(1)
    main(PROGRAM, __doc__)
