"""A U-Net with DynaWave's backbone and ImageNet weights as a peer: train on tiles, export, predict on whole films.

The decoder is the usual one (upsampling, skip, two 3 x 3 convolutions a stage, widths 256, 128, 64, 32, 16). Boxes are
connected components of the probability map above a threshold, scored by their mean probability.

Examples:
    python -m benchmarks.peers.unet train runs/tiles --images 40800 --out runs/unet
    python -m benchmarks.peers.unet predict runs/unet/model.onnx DATA --films W0003_0068 --out runs/unet
"""

import argparse
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.films import (
    TILE,
    Film,
    add_prediction_arguments,
    add_training_arguments,
    flaw_calls,
    from_bytes,
    normalised,
    predict_films,
    run_tiles,
    session,
)
from dynawave.evaluation.calls import Calls, Detector
from dynawave.images.files import written_aside
from dynawave.network.backbone import CHANNELS, Backbone

WIDTHS: Final = (256, 128, 64, 32, 16)
THRESHOLD: Final = 0.5
SMALLEST: Final = 4
"""Components of fewer pixels are no call."""
SAVE_EVERY: Final = 100
RATE: Final = 1e-3


def _block(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [
            nn.Conv2d(channels, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Logits [N, 1, H, W] of an image [N, 3, H, W], H and W multiples of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Backbone()
        skips = (*CHANNELS[-2::-1], 0)
        inputs = (CHANNELS[-1], *WIDTHS)
        self.decoder = nn.ModuleList(
            _block(below + skip, width) for (below, width), skip in zip(pairwise(inputs), skips, strict=True)
        )
        self.head = nn.Conv2d(WIDTHS[-1], 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        *skips, x = self.encoder(x)
        for block in self.decoder:
            x = functional.interpolate(x, scale_factor=2.0)
            x = block(torch.cat([x, skips.pop()], 1) if skips else x)
        logits: Tensor = self.head(x)
        return logits


def loss(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy plus Dice over the batch."""
    probability = logits.sigmoid()
    dice = 1 - (2 * (probability * target).sum() + 1) / (probability.sum() + target.sum() + 1)
    return functional.binary_cross_entropy_with_logits(logits, target) + dice


def _batch(tiles: Path, names: NDArray[np.str_], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Tiles and masks, flipped, turned by right angles, their contrast varied by a fifth."""
    images, masks = [], []
    for name in names:
        picture = cv2.imread(str(tiles / "images" / name))
        mask = cv2.imread(str(tiles / "masks" / name), cv2.IMREAD_GRAYSCALE)
        if picture is None or mask is None:
            raise SystemExit(f"{tiles} has no readable tile {name}")
        turns, flip = int(rng.integers(4)), int(rng.choice([-1, 1]))
        image = from_bytes(picture[..., ::-1].astype(np.uint8)) * np.float32(rng.uniform(0.8, 1.2))
        images.append(np.rot90(image[..., ::flip], turns, (1, 2)).copy())
        masks.append(np.rot90(mask[..., ::flip] > 0, turns).astype(np.float32)[None])
    return torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(masks))


def train(tiles: Path, images: int, batch: int, seed: int, out: Path) -> None:
    """Train for `images` tiles seen and write `out/model.onnx`; a killed run goes on from its last saved step."""
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    network = UNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = max(1, images // batch)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.05)
    names = np.array(sorted(path.name for path in (tiles / "images").glob("*.png")))
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(names) for _ in range(-(-steps * batch // len(names)))])
    saved = out / "last.pt"
    parts: dict[str, Any] = {"network": network, "optimiser": optimiser, "schedule": schedule}
    first = _restore(saved, parts)
    network.train()
    for step in range(first, steps):
        image, mask = _batch(tiles, order[step * batch : (step + 1) * batch], np.random.default_rng([seed, step]))
        value = loss(network(image.to(memory_format=torch.channels_last)), mask)
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
            print(f"step {step + 1} of {steps}: loss {value.item():.3f}", flush=True)
            with written_aside(saved) as aside:
                torch.save({name: part.state_dict() for name, part in parts.items()} | {"step": step + 1}, aside)
    _export(network, out / "model.onnx")


def _restore(saved: Path, parts: dict[str, Any]) -> int:
    """Take up a run where it was saved; returns the step to go on with."""
    if not saved.is_file():
        return 0
    state = torch.load(saved, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["step"])


def _export(network: UNet, file: Path) -> None:
    """Write the network with its sigmoid as ONNX, with free batch, height and width."""
    free = {0: torch.export.Dim("n", min=1), 2: 32 * torch.export.Dim("h", min=1), 3: 32 * torch.export.Dim("w", min=1)}
    model = nn.Sequential(network, nn.Sigmoid()).eval()
    program = torch.onnx.export(
        model,
        (torch.zeros(2, 3, TILE, TILE),),
        dynamo=True,
        input_names=["image"],
        dynamic_shapes=(free,),
        verbose=False,
    )
    assert program is not None
    with written_aside(file) as aside:
        program.save(str(aside))


def detector(model: Path, threshold: float, threads: int) -> Detector:
    """The U-Net of an ONNX file as a detector."""
    network = session(model, threads)
    return lambda image: components(probability_map(network, normalised(image)), threshold)


def probability_map(network: onnxruntime.InferenceSession, film: Film) -> Film:
    """Flaw probability [height, width] of a normalised film: the mean over the tiles that see a pixel."""
    total = np.zeros(film.shape[1:], np.float32)
    seen = np.zeros(film.shape[1:], np.float32)
    for x, y, width, height, output in run_tiles(network, film):
        total[y : y + height, x : x + width] += output[0, :height, :width]
        seen[y : y + height, x : x + width] += 1
    return total / seen


def components(probability: Film, threshold: float) -> Calls:
    """The connected components of a probability map above a threshold, scored by their mean."""
    above = (probability >= threshold).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    means = np.bincount(labels.ravel(), probability.ravel(), count) / stats[:, cv2.CC_STAT_AREA]
    kept = 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= SMALLEST)
    return Calls(flaw_calls(stats[kept, :4].astype(float), means[kept]), probability)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    add_training_arguments(commands.add_parser("train", help="train on a tile set and export"), batch=8)
    prediction = commands.add_parser("predict", help="predict on whole films and measure")
    prediction.add_argument("model", type=Path, help="model.onnx")
    prediction.add_argument("--threshold", type=float, default=THRESHOLD, help="of the probability (%(default)s)")
    add_prediction_arguments(prediction)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.command == "train":
        train(given.tiles, given.images, given.batch, given.seed, given.out)
    else:
        predict_films(given, "U-Net", detector(given.model, given.threshold, given.threads))


if __name__ == "__main__":
    main()
