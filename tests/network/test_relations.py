from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from dynawave.network.heads import STRIDE
from dynawave.network.regions import Regions
from dynawave.network.relations import Relations, co_occurrence_gate, within

CHANNELS, CLASSES = 6, 3


@pytest.fixture
def relations() -> Relations:
    """Trained to say something; of the first two kinds each is found with itself and the third alone."""
    torch.manual_seed(0)
    relations = Relations(CHANNELS, CLASSES, threshold=0.2)
    torch.nn.init.normal_(relations.update.weight)
    torch.nn.init.normal_(relations.update.bias)
    relations.together.copy_(torch.tensor([[0.5, 0.1, 0.4], [0.0, 0.6, 0.4], [0.21, 0.29, 0.5]]))
    return relations


def scene(height: int, width: int, images: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features, logits and distances of maps with flaws here and there."""
    rng = torch.Generator().manual_seed(1)
    features = torch.rand(images, CHANNELS, height, width, generator=rng)
    logits = 3 * torch.randn(images, 1 + CLASSES, height, width, generator=rng)
    distances = 1 + 9 * torch.rand(images, 4, height, width, generator=rng)
    return features, logits, distances


def softmax(values: np.ndarray) -> np.ndarray:
    raised = np.exp(values - values.max())
    return raised / raised.sum()


def by_hand(relations: Relations, features: np.ndarray, logits: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Eq. 16 and the sum over relatives of one image, cell by cell; few enough peaks that all of them are looked at."""
    _, height, width = features.shape
    weight, bias = relations.update.weight.detach().numpy(), relations.update.bias.detach().numpy()
    together = relations.together.numpy() > relations.threshold
    peaks = []
    for y, x in np.ndindex(height, width):
        around = logits[0, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        if logits[0, y, x] == around.max():
            peaks.append((y, x))
    out = logits.copy()
    for y, x in np.ndindex(height, width):
        change, votes = np.zeros(len(logits)), 1.0
        for v, u in peaks:
            left, top, right, bottom = distances[:, v, u] / STRIDE  # in cells
            if u - left <= x <= u + right and v - top <= y <= v + bottom:
                continue
            f, g = features[:, y, x], features[:, v, u]
            relation = f @ g / np.sqrt(f @ f) / np.sqrt(g @ g)
            p, q = softmax(logits[1:, y, x]), softmax(logits[1:, v, u])
            relation *= sum(p[a] * q[b] * together[a, b] for a, b in np.ndindex(CLASSES, CLASSES))
            relation /= 1 + np.exp(-logits[0, v, u])
            change += relation * (weight @ g + bias)
            votes += relation
        out[:, y, x] += change / votes
    return out


def test_equals_a_loop(relations: Relations) -> None:
    features, logits, distances = scene(8, 10)
    ours = relations(features, logits, distances).detach().numpy()
    for n in range(2):
        expected = by_hand(relations, features[n].numpy(), logits[n].numpy(), distances[n].numpy())
        np.testing.assert_allclose(ours[n], expected, rtol=1e-4, atol=1e-4)
    assert np.abs(ours - logits.numpy()).max() > 0.5


def test_gate_of_certain_kinds() -> None:
    """For one-hot kinds it is the indicator [P(a, b) > tau]; for others the share of pairs that pass."""
    together = torch.tensor([[0.7, 0.3], [0.1, 0.9]])
    sure = torch.eye(2)[None]
    assert torch.equal(co_occurrence_gate(sure, sure, together, 0.2)[0], torch.tensor([[1.0, 1.0], [0.0, 1.0]]))
    assert torch.equal(co_occurrence_gate(sure, sure, together, 0.3)[0], torch.eye(2))  # more than tau, not as much
    unsure = torch.full((1, 2, 1), 0.5)
    assert co_occurrence_gate(unsure, unsure, together, 0.2).item() == pytest.approx(0.75)


def test_a_closed_gate_changes_nothing(relations: Relations) -> None:
    relations.threshold = 1.0
    features, logits, distances = scene(8, 8)
    assert torch.equal(relations(features, logits, distances), logits)


def test_a_flaw_is_no_relative_of_its_own(relations: Relations) -> None:
    """One detection, whose box holds the cells (2 to 5, 3 to 6), changes all cells but these."""
    features, logits, distances = scene(8, 10, images=1)
    logits[:, 0] = -100.0
    logits[0, 0, 3, 4] = 5.0
    distances[0, :, 3, 4] = STRIDE * torch.tensor([1.2, 1.2, 2.2, 2.2])
    changed = (relations(features, logits, distances) != logits).any(1)[0]
    expected = torch.ones(8, 10, dtype=torch.bool)
    expected[2:6, 3:7] = False
    assert torch.equal(changed, expected)


def test_cells_within_boxes() -> None:
    boxes = torch.tensor([[[0.0, 0.0, 8.0, 4.0], [9.0, 5.0, 11.0, 7.0]]])
    inside = within(Regions(boxes, torch.zeros(1, 2, dtype=torch.int64)), 2, 3)[0].unflatten(0, (2, 3))
    assert torch.equal(inside[..., 0], torch.tensor([[True, True, False], [False, False, False]]))
    assert torch.equal(inside[..., 1], torch.tensor([[False, False, False], [False, False, True]]))


def test_sound_metal_has_no_say(relations: Relations) -> None:
    """Where nothing is a flaw there are no relatives to speak of."""
    features, logits, distances = scene(8, 8)
    logits[:, 0] -= 30
    torch.testing.assert_close(relations(features, logits, distances), logits, atol=1e-6, rtol=0)


@pytest.mark.parametrize("classes", [1, 3])
def test_it_starts_as_identity_and_can_leave_it(classes: int) -> None:
    relations = Relations(CHANNELS, classes, threshold=0.2)
    features, logits, distances = scene(8, 8)
    logits = logits[:, : 1 + classes] if classes > 1 else logits[:, :1]
    out = relations(features, logits, distances)
    assert torch.equal(out, logits)
    out.square().sum().backward()
    gradient = relations.update.weight.grad
    assert gradient is not None and (gradient.abs().sum(1) > 0).all()


def test_gradients(relations: Relations) -> None:
    """Of features, kinds and weights, against finite differences; who is looked at follows no gradient."""
    relations = relations.double()
    features, logits, distances = (part.double() for part in scene(4, 4, images=1))
    features.requires_grad_()
    kinds = logits[:, 1:].clone().requires_grad_()

    def run(features: torch.Tensor, kinds: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return relations(features, torch.cat([logits[:, :1], kinds], 1), distances)

    assert torch.autograd.gradcheck(run, (features, kinds, relations.update.weight))


def test_the_prior_is_saved_with_the_weights(relations: Relations) -> None:
    other = Relations(CHANNELS, CLASSES, threshold=0.2)
    other.load_state_dict(relations.state_dict())
    assert torch.equal(other.together, relations.together)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [1, 3])
def test_onnx(classes: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    relations = Relations(CHANNELS, classes, threshold=0.2).eval()
    torch.nn.init.normal_(relations.update.weight)
    rows, columns = (8 * torch.export.Dim(name, min=2, max=64) for name in ("rows", "columns"))
    example = scene(16, 24)
    logits = slice(None, None if classes > 1 else 1)
    example = (example[0], example[1][:, logits], example[2])
    shapes = ({2: rows, 3: columns},) * 3
    program = torch.onnx.export(relations, example, dynamic_shapes=shapes, opset_version=20, dynamo=True)
    assert program is not None
    program.save(tmp_path / "relations.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "relations.onnx", providers=["CPUExecutionProvider"])
    features, all_logits, distances = scene(32, 16)
    parts = (features, all_logits[:, logits], distances)
    names = [i.name for i in session.get_inputs()]
    theirs = session.run(None, {name: part.numpy() for name, part in zip(names, parts, strict=True)})[0]
    np.testing.assert_allclose(theirs, relations(*parts).detach(), atol=1e-4)
