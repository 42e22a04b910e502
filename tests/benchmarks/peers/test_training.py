"""Every peer on photographs, from the configuration that `dynawave reproduce` writes to the measures that it reads."""

import json
import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from benchmarks.peers import command, unet
from benchmarks.peers.fit import parameter_groups
from benchmarks.peers.yolo import COMMAND
from dynawave.errors import ConfigError
from dynawave.network.backbone import Backbone
from dynawave.reproduce.cost import count
from peer_runs import configuration, measured

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["unet", "fpn", "deeplab"])
def test_a_network_that_segments_learns_colours(photographs: Path, tmp_path: Path, name: str) -> None:
    program = import_module(f"benchmarks.peers.{name}").PROGRAM
    file, out = configuration(tmp_path, name, {}, images_seen=240), tmp_path / "run"
    command.train(program, file, [photographs], out)
    assert not (out / "last.pt").exists() and count(out / "model.onnx", 128).parameters > 3e6
    command.measure(program, photographs, out)
    record = measured(out)
    assert record["segmentation"]["miou"] > 0.7 and record["ap50"] > 0.7 and record["kinds"]["accuracy"] > 0.8
    assert record["name"] == name and record["pixel_ap"] > 0.9


@pytest.mark.slow
def test_a_yolo_learns_colours(photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = Path(os.environ.get("YOLO", ROOT / COMMAND))
    if not executable.is_file():
        pytest.skip("no ultralytics: make peers")
    monkeypatch.setenv("YOLO", str(executable))
    program = import_module("benchmarks.peers.yolo").PROGRAM
    file, out = configuration(tmp_path, "yolo", {"epochs": 10}, images_seen=2400), tmp_path / "run"
    command.train(program, file, [photographs], out)
    assert not (out / "tiles").exists() and not (out / "run").exists()
    command.measure(program, photographs, out)
    record = measured(out)
    assert record["ap50"] > 0.5 and record["segmentation"] is None and record["kinds"]["accuracy"] > 0.7


def test_a_killed_run_goes_on_to_the_same_end(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights and tiles alike: the run that was stopped after two of three steps ends where the other does."""
    import torch
    from torch import nn

    from benchmarks.peers import fit, segment

    class Killed(Exception):
        pass

    def build(outputs: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(3, outputs, 1), nn.Dropout(0.2))

    ends: dict[str, Any] = {}
    monkeypatch.setattr(fit, "SAVE_EVERY", 1)
    monkeypatch.setattr(segment, "leave", lambda *given: None)
    monkeypatch.setattr(segment, "exported", lambda network: ends.update(last=network.state_dict()))
    program = replace(unet.PROGRAM, train=lambda job: segment.train(build, job))
    file = configuration(tmp_path, "unet", {}, images_seen=6, batch=2, tile=64)
    command.train(program, file, [photographs], tmp_path / "whole")
    whole = ends.pop("last")

    save, steps = torch.save, []

    def until(state: Any, aside: Path) -> None:
        if len(steps) == 2:
            raise Killed
        steps.append(state["step"])
        save(state, aside)

    monkeypatch.setattr(torch, "save", until)
    with pytest.raises(Killed):
        command.train(program, file, [photographs], tmp_path / "killed")
    monkeypatch.setattr(torch, "save", save)
    command.train(program, file, [photographs], tmp_path / "killed")
    assert steps == [1, 2]
    assert all(torch.equal(value, whole[key]) for key, value in ends["last"].items())
    assert len(json.loads((tmp_path / "killed" / "provenance.json").read_text())["sessions"]) == 2


@pytest.mark.parametrize("precision", ["bf16-mixed", "32-true"])
def test_matrices_are_multiplied_as_precisely_as_asked(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    """Losses and weights are of 32 bit either way."""
    import torch
    from torch import Tensor, nn

    from benchmarks.peers import segment
    from benchmarks.peers.fit import Lesson, fit

    seen, ends = [], []

    class Seen(nn.Conv2d):
        def forward(self, x: Tensor) -> Tensor:
            out = super().forward(x)
            seen.append(out.dtype)
            return out

    def train(job: command.Job) -> None:
        ends.append(fit(job, Seen(3, 3, 1), Lesson(segment.with_classes, segment._loss_of)))

    monkeypatch.setattr(segment, "loss", lambda logits, _: seen.append(logits.dtype) or logits.sum())
    program = replace(unet.PROGRAM, train=train)
    file = configuration(tmp_path, "unet", {"precision": precision}, images_seen=2, batch=2, tile=64)
    command.train(program, file, [photographs], tmp_path / "run")
    assert seen == [torch.bfloat16 if precision == "bf16-mixed" else torch.float32, torch.float32]
    assert all(weight.dtype == torch.float32 for weight in ends[0].parameters())


def test_our_backbone_learns_more_slowly() -> None:
    options = {"learning_rate": 0.1, "backbone_rate": 0.3}
    network = nn.Sequential(nn.Conv2d(3, 3, 1), Backbone(pretrained=False))
    others, backbone = parameter_groups(network, options)
    assert (others["lr"], backbone["lr"]) == (0.1, pytest.approx(0.03))
    assert others["params"] == list(network[0].parameters()) and backbone["params"] == list(network[1].parameters())
    (alone,) = parameter_groups(network[0], options)
    assert alone["lr"] == 0.1 and len(alone["params"]) == 2


@pytest.mark.parametrize(
    ("options", "tiles", "reason"),
    [
        ({"speed": 1}, {}, "options: there is no speed; there are learning_rate"),
        ({}, {"images_seen": 9}, "another configuration began this run"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    photographs: Path, tmp_path: Path, options: dict[str, Any], tiles: dict[str, Any], reason: str
) -> None:
    out = tmp_path / "run"
    begun = configuration(tmp_path, "unet", {}, images_seen=8)
    program = replace(unet.PROGRAM, train=lambda job: None)
    command.train(program, begun, [photographs], out)
    with pytest.raises(ConfigError, match=reason):
        command.train(program, configuration(tmp_path, "unet", options, **tiles), [photographs], out)


def test_a_precision_that_is_none_is_refused(photographs: Path, tmp_path: Path) -> None:
    file = configuration(tmp_path, "unet", {"precision": "8-bit"}, images_seen=2, batch=2, tile=64)
    with pytest.raises(ConfigError, match="precision: is none of bf16-mixed, 32-true"):
        command.train(unet.PROGRAM, file, [photographs], tmp_path / "run")
