"""PatchCore: what lies far from every patch of sound metal is a flaw; no flaw is learned from.

After Roth et al., "Towards Total Recall in Industrial Anomaly Detection" (2022), with our backbone and its ImageNet
weights: features at strides 8 and 16, averaged over 3 x 3 cells, a coreset of those of sound metal, and the distance to
the nearest of them, smoothed. Written here, as the library that it is known from, anomalib, needs torchvision. The
annotations say only which cells to leave out.
"""

from typing import Final, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.card import card_of
from benchmarks.peers.command import Job, Program, main
from benchmarks.peers.fit import exported, leave
from benchmarks.peers.semantic import detector
from dynawave.errors import ConfigError
from dynawave.network.backbone import Backbone
from dynawave.training.tiles import Drawn, draw_number

OPTIONS: Final = {"bank": 2000, "of_tile": 32, "far": 0.999, "sigma_px": 4.0}
"""Patches that are kept, patches looked at in a tile, the share of sound ones that are no farther than what is called a
flaw as likely as not, and the width of the smoothing."""
STRIDE: Final = 8
LEVELS: Final = (2, 3)
"""Places of the strides 8 and 16 in the backbone's features."""
NEAR_PX: Final = 16
"""A patch looks about so much further than its cell: nearer to a flaw it is not sure to be sound."""
HELD_OUT: Final = 10
"""Every so many tiles one is kept for the distances of sound metal."""

Patches = NDArray[np.float32]
"""Features of patches, [n, channels]."""


class Normal(NamedTuple):
    """What a network knows of sound metal: its patches, and the distance at which a patch is as likely a flaw."""

    bank: Patches
    far: float


class Features(nn.Module):
    """Features of patches [N, channels, H / 8, W / 8] of an image [N, 3, H, W]."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Backbone()

    def forward(self, x: Tensor) -> Tensor:
        levels = self.encoder(x)
        fine, coarse = (functional.avg_pool2d(levels[k], 3, 1, 1, count_include_pad=False) for k in LEVELS)
        return torch.cat([fine, functional.interpolate(coarse, scale_factor=2.0, mode="bilinear")], 1)


class PatchCore(nn.Module):
    """Odds against and for a flaw as two logits of every pixel, [N, 2, H, W] of [N, 3, H, W]."""

    bank: Tensor
    lengths: Tensor
    kernel: Tensor

    def __init__(self, features: Features, normal: Normal, sigma_px: float) -> None:
        super().__init__()
        self.features, self.far = features, normal.far
        bank = torch.from_numpy(normal.bank)
        self.register_buffer("bank", bank)
        self.register_buffer("lengths", bank.square().sum(1))
        self.register_buffer("kernel", gaussian(sigma_px))

    def distance(self, x: Tensor) -> Tensor:
        """From the patch of each cell to the nearest one of sound metal, [N, 1, H / 8, W / 8]."""
        found = self.features(x)
        products = functional.conv2d(found, self.bank[:, :, None, None])
        squares = self.lengths[:, None, None] - 2 * products
        distance: Tensor = (squares.amin(1, True) + found.square().sum(1, True)).clamp(min=0).sqrt()
        return distance

    def forward(self, x: Tensor) -> Tensor:
        far = functional.interpolate(self.distance(x), scale_factor=float(STRIDE), mode="bilinear")
        for kernel in (self.kernel, self.kernel.transpose(2, 3)):
            margin = [side // 2 for side in (kernel.shape[3], kernel.shape[3], kernel.shape[2], kernel.shape[2])]
            far = functional.conv2d(functional.pad(far, margin, mode="replicate"), kernel)
        odds = 2 * torch.log(far.clamp(min=1e-6) / self.far)
        return torch.cat([-odds, odds], 1) / 2


def gaussian(sigma: float) -> Tensor:
    """A column of weights that sum to one, [1, 1, height, 1], out to three sigma."""
    reach = int(3 * sigma)
    weights = torch.exp(-torch.arange(-reach, reach + 1.0).square() / (2 * sigma**2))
    return (weights / weights.sum())[None, None, :, None]


def train(job: Job) -> None:
    """Look at the tiles of the budget, keep a coreset of their sound patches, and write the model."""
    if len(job.tiles.classes) > 1:
        raise ConfigError(f"{job.out}: PatchCore tells flaws from sound metal, and the table has several classes.")
    torch.manual_seed(job.tiles.seed)
    features = Features().eval()
    network = PatchCore(features, learn(features, job), float(job.options["sigma_px"]))
    leave(job, exported(nn.Sequential(network, nn.Softmax(1))), card_of(job.tiles))


def learn(features: Features, job: Job) -> Normal:
    """Sound metal, from the tiles that our own network is shown; some are held out for the distance."""
    rng = np.random.default_rng(job.tiles.seed)
    kept: list[Patches] = []
    others: list[Patches] = []
    for number in range(job.tiles.images_seen):
        found = sound_patches(features, draw_number(job.sources, job.tiles, number))
        some = found[rng.permutation(len(found))[: int(job.options["of_tile"])]]
        (others if number % HELD_OUT == 0 else kept).append(some)
        if number % 100 == 0:
            print(f"tile {number} of {job.tiles.images_seen}", flush=True)
    bank = coreset(np.concatenate(kept), int(job.options["bank"]))
    return Normal(bank, float(np.quantile(nearest(np.concatenate(others), bank), job.options["far"])))


def sound_patches(features: Features, drawn: Drawn) -> Patches:
    """Of those cells of a tile that no flaw is near."""
    flawed = cv2.dilate((drawn.instances > 0).astype(np.uint8), np.ones((2 * NEAR_PX + 1,) * 2, np.uint8))
    rows, columns = (side // STRIDE for side in flawed.shape)
    sound = flawed.reshape(rows, STRIDE, columns, STRIDE).max((1, 3)) == 0
    with torch.no_grad():
        found = features(torch.from_numpy(drawn.image)[None])[0].numpy()
    return np.asarray(found[:, sound].T, np.float32)


def coreset(patches: Patches, count: int) -> Patches:
    """Greedily the patch that is farthest from all that are taken, from the one farthest from the mean on."""
    if len(patches) <= count:
        return patches
    taken = [int(np.square(patches - patches.mean(0)).sum(1).argmax())]
    away = np.full(len(patches), np.inf, np.float32)
    while len(taken) < count:
        away = np.minimum(away, np.square(patches - patches[taken[-1]]).sum(1))
        taken.append(int(away.argmax()))
    return patches[taken]


def nearest(patches: Patches, bank: Patches) -> NDArray[np.float32]:
    """Distance of each patch to the nearest one of the bank, [n]."""
    return torch.cdist(torch.from_numpy(patches), torch.from_numpy(bank)).amin(1).numpy()


PROGRAM: Final = Program(OPTIONS, train, detector)

if __name__ == "__main__":
    main(PROGRAM, __doc__)
