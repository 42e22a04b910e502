import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from dynawave.errors import WeightsError
from dynawave.inspection.runtime import Runtime
from dynawave.metallurgy.vector import context_vector
from dynawave.network.model import activate
from dynawave.training import export as module
from dynawave.training.config import TrainingConfig
from dynawave.training.export import PARITY, export, largest_difference, output_names
from dynawave.training.module import build_network
from dynawave.training.weights import read_network, save_weights


def trained(config: TrainingConfig, path: Path) -> Path:
    """Random weights; what begins at zero (offsets, mixing, relations) no longer is, so that it is tried."""
    torch.manual_seed(0)
    network = build_network(config)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if any(part in name for part in (".predict.", "propagation.restore", "relations.update")):
                parameter.normal_(0, 0.3)
    save_weights(network, config, path)
    return path


@pytest.fixture
def weights(config: TrainingConfig, tmp_path: Path) -> Path:
    """Of two classes and in colour, with the deformable encoding at two levels, the longer wavelet and all modules."""
    parts = {"dgae_levels": (8, 32), "wavelet": "db2", "propagation": True, "relations": True}
    network = config.network.model_copy(update=parts)
    changes = {
        "classes": ("gas_pore", "mine"),
        "network": network,
        "channels": "colour",
        "card": {"tile": 256, "mask_threshold": 0.1},
    }
    several = config.model_copy(update=changes)
    return trained(several, tmp_path / "w.safetensors")


@pytest.mark.slow
def test_the_exported_model_answers_alike_at_every_size(weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "tiny.onnx"
    assert export(weights, out, version="1.2", terms="free", score_threshold=0.2, mask_threshold=0.4) <= PARITY
    network, config = read_network(weights)
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    assert tuple(o.name for o in session.get_outputs()) == output_names(2)
    rng = np.random.default_rng(0)
    for count, height, width in ((1, 64, 64), (3, 96, 160), (1, 256, 64)):
        tiles = rng.standard_normal((count, 3, height, width)).astype(np.float32)
        assert largest_difference(network, session, tiles) <= PARITY
        with torch.inference_mode():
            ours = activate(network(torch.from_numpy(tiles)))
        theirs = dict(zip(output_names(2), session.run(None, {"image": tiles}), strict=True))
        for name in ("boxes", "spread", "class_map"):
            np.testing.assert_allclose(theirs[name], ours[name].numpy(), rtol=1e-3, atol=1e-3)
    card = Runtime(out).card
    assert (card.name, card.version, card.terms) == (config.name, "1.2", "free")
    assert [(c.name, c.iso6520) for c in card.classes] == [("gas_pore", 2011), ("mine", None)]
    assert (card.score_threshold, card.mask_threshold, card.channels, card.tile) == (0.2, 0.4, "colour", 256)
    model = onnx.load(out)
    assert {o.version for o in model.opset_import if not o.domain} == {module.OPSET}
    assert "GridSample" in {node.op_type for node in model.graph.node}
    assert [file.name for file in out.parent.iterdir()] == ["tiny.onnx"]


def test_a_field_of_the_card_out_of_range_is_refused(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_to_onnx", lambda *_: onnx.ModelProto())
    with pytest.raises(WeightsError, match="no colour"):
        export(weights, tmp_path / "tiny.onnx", version="1", colour="red")
    with pytest.raises(WeightsError, match="score_threshold"):
        export(weights, tmp_path / "tiny.onnx", version="1", score_threshold=7.0, mask_threshold=0.5)
    assert not (tmp_path / "tiny.onnx").exists()


def test_weights_with_a_card_that_no_model_can_have_are_exported_with_another(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip that an older version told of only here must not cost the training."""
    monkeypatch.setattr(module, "_to_onnx", lambda *_: onnx.ModelProto())
    monkeypatch.setattr(onnx.checker, "check_model", lambda _: None)
    monkeypatch.setattr(module, "_parity", lambda *_: 0.0)
    weights, out = (
        trained(config.model_copy(update={"card": {"tyle": 320}}), tmp_path / "w.safetensors"),
        tmp_path / "m",
    )
    with pytest.raises(WeightsError, match="card: a model card has no tyle"):
        export(weights, out, version="1")
    assert not out.exists()
    export(weights, out, base={"tile": 320}, version="1")
    assert json.loads(onnx.load(out).metadata_props[0].value)["tile"] == 320


@pytest.mark.parametrize("difference", [0.01, float("nan")])
def test_a_model_that_differs_is_not_written(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, difference: float
) -> None:
    monkeypatch.setattr(module, "_to_onnx", lambda *_: onnx.ModelProto())
    monkeypatch.setattr(onnx.checker, "check_model", lambda _: None)
    monkeypatch.setattr(module, "_parity", lambda *_: difference)
    with pytest.raises(WeightsError, match="differs from PyTorch"):
        export(weights, tmp_path / "tiny.onnx", version="1", score_threshold=0.3, mask_threshold=0.5)
    assert not (tmp_path / "tiny.onnx").exists()


class Fake:
    """A session that answers as PyTorch does, but for one value of one output."""

    def __init__(self, answers: dict[str, np.ndarray], name: str, value: float) -> None:
        self.answers = {key: array.copy() for key, array in answers.items()}
        self.answers[name].flat[5] = value

    def get_outputs(self) -> list[object]:
        return [type("Output", (), {"name": name}) for name in self.answers]

    def run(self, names: list[str], _: dict[str, np.ndarray]) -> list[np.ndarray]:
        return [self.answers[name] for name in names]


def test_the_largest_difference_is_found(weights: Path) -> None:
    """In any of the probabilities, also where it is no number."""
    network, _ = read_network(weights)
    tiles = np.random.default_rng(0).standard_normal((2, 3, 32, 64)).astype(np.float32)
    with torch.inference_mode():
        answers = {name: value.numpy() for name, value in activate(network(torch.from_numpy(tiles))).items()}
    for name in ("field", "scores", "iou"):
        off = answers[name].flat[5] - 0.25
        assert largest_difference(network, Fake(answers, name, off), tiles) == pytest.approx(0.25, abs=1e-4)
        assert np.isnan(largest_difference(network, Fake(answers, name, np.nan), tiles))


@pytest.mark.slow
def test_the_context_is_an_optional_input(config: TrainingConfig, tmp_path: Path) -> None:
    told = config.model_copy(update={"network": config.network.model_copy(update={"context": True})})
    torch.manual_seed(0)
    network = build_network(told)
    assert network.context is not None
    with torch.no_grad():
        for name, parameter in network.context.named_parameters():
            if "gate" in name or "values" in name:
                parameter.normal_(0, 10)
    save_weights(network, told, tmp_path / "w.safetensors")
    out = tmp_path / "told.onnx"
    assert export(tmp_path / "w.safetensors", out, version="1", score_threshold=0.2, mask_threshold=0.4) <= PARITY
    network, _ = read_network(tmp_path / "w.safetensors")
    assert module.__file__.encode() not in out.read_bytes()
    runtime, rng = Runtime(out), np.random.default_rng(0)
    assert runtime.takes_context and runtime.card.context == module.LAYOUT
    tiles = rng.standard_normal((3, 3, 64, 96)).astype(np.float32)
    answers = []
    for context in (None, context_vector(None), context_vector(module.EXAMPLE)):
        with torch.inference_mode():
            ours = activate(
                network(torch.from_numpy(tiles), None if context is None else torch.from_numpy(context)[None])
            )
        theirs = runtime.run(tiles, context)
        for name in ("field", "boxes", "image_scores"):
            np.testing.assert_allclose(theirs[name], ours[name].numpy(), rtol=1e-4, atol=1e-5)
        answers.append(theirs["image_scores"])
    assert np.array_equal(answers[0], answers[1]) and np.abs(answers[2] - answers[0]).max() > 1e-3
