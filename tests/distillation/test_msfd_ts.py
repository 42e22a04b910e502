import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from dynawave.distillation.msfd_ts import discrepancy, distillation_loss, moving_average, temporal_loss, warm_up


def test_discrepancy_is_two_less_two_cosines() -> None:
    """(35): image by image; no scale of either map matters, nor the size of the tile."""
    rng = np.random.default_rng(0)
    teacher, student = rng.normal(size=(2, 3, 4, 5, 6))
    flat_t, flat_s = teacher.reshape(3, -1), student.reshape(3, -1)
    cosine = (flat_t * flat_s).sum(1) / np.linalg.norm(flat_t, axis=1) / np.linalg.norm(flat_s, axis=1)
    expected = (2 - 2 * cosine).mean()
    t, s = torch.from_numpy(teacher), torch.from_numpy(student)
    assert discrepancy(t, s).item() == pytest.approx(expected, rel=1e-9)
    assert discrepancy(7 * t, 0.1 * s).item() == pytest.approx(expected, rel=1e-9)
    assert discrepancy(t.tile(1, 1, 2, 2), s.tile(1, 1, 2, 2)).item() == pytest.approx(expected, rel=1e-9)
    assert discrepancy(t, t).item() == pytest.approx(0, abs=1e-12)
    assert discrepancy(t, -t).item() == pytest.approx(4, rel=1e-9)


def test_gradients() -> None:
    first, second = torch.randn(2, 2, 1, 3, 4, dtype=torch.float64)
    student = torch.randn(2, 1, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s: distillation_loss([first, second], [s, 2 * s + 1], [0.3, 1]), (student,))
    assert torch.autograd.gradcheck(lambda s: temporal_loss(s, first), (student,))


def test_warm_up() -> None:
    """(36): zero at the first step, half-way half, then one; without a length at once."""
    assert [warm_up(step, 10) for step in (0, 5, 10, 500)] == [0, 0.5, 1, 1]
    assert warm_up(0, 0) == 1


def test_layers_count_by_their_strength() -> None:
    teacher, student = list(torch.randn(3, 2, 4, 5, 5)), list(torch.randn(3, 2, 4, 5, 5))
    each = [discrepancy(t, s).item() for t, s in zip(teacher, student, strict=True)]
    found = distillation_loss(teacher, student, [0.0, 0.5, 1.0]).item()
    assert found == pytest.approx(0.5 * each[1] + each[2], rel=1e-5)


def test_temporal_loss_by_hand() -> None:
    """The squared Frobenius norm (38) by those of both fields: twice the tile, the same loss."""
    now, before = torch.randn(2, 1, 6, 8), torch.randn(2, 1, 6, 8)
    p, q = (1 / (1 + np.exp(-m.double().numpy())) for m in (now, before))
    norms = [np.linalg.norm(m.ravel()) ** 2 for m in (p - q, p, q)]
    expected = norms[0] / (norms[1] + norms[2] + 0.01**2 * p.size)
    assert temporal_loss(now, before).item() == pytest.approx(expected, rel=1e-5)
    assert temporal_loss(now.tile(1, 1, 2, 2), before.tile(1, 1, 2, 2)).item() == pytest.approx(expected, rel=1e-5)
    assert temporal_loss(now, now) == 0


def test_a_lost_flaw_is_a_whole_change_and_noise_none() -> None:
    sound = torch.full((1, 1, 64, 64), -12.0)
    flaw = sound.clone()
    flaw[..., 20:23, 20:30] = 12
    assert temporal_loss(sound, flaw).item() == temporal_loss(flaw, sound).item() == pytest.approx(1, abs=0.02)
    assert temporal_loss(sound, sound + 1) < 1e-4


@pytest.mark.parametrize("momentum", [0.95, 0.5])
def test_the_teacher_follows_the_closed_form(momentum: float) -> None:
    """sum_i (1 - mu_i) theta_i prod_(j > i) mu_j, mu_j = min(mu, j / (9 + j)); the first weights as they are."""
    student = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    teacher = AveragedModel(student, multi_avg_fn=moving_average(momentum), use_buffers=True)
    history, k = [], 30
    generator = torch.Generator().manual_seed(0)
    for step in range(1, k + 1):
        with torch.no_grad():
            for tensor in (*student.parameters(), student[1].running_mean):
                tensor.copy_(torch.randn(tensor.shape, generator=generator))
            student[1].num_batches_tracked += 1
        history.append(torch.cat([student[0].weight.detach().flatten(), student[1].running_mean]).clone())
        teacher.update_parameters(student)
        found = torch.cat([teacher.module[0].weight.detach().flatten(), teacher.module[1].running_mean])
        mu = [0.0, *(min(momentum, j / (9 + j)) for j in range(2, step + 1))]
        shares = [(1 - mu[i]) * math.prod(mu[i + 1 :]) for i in range(step)]
        assert sum(shares) == pytest.approx(1)
        expected = torch.stack([share * theta for share, theta in zip(shares, history, strict=True)]).sum(0)
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    assert teacher.module[1].num_batches_tracked == k


@pytest.mark.parametrize("steps", [100, 1200, 6000])
def test_the_teacher_forgets_the_first_half(steps: int) -> None:
    """However short the training is: weights that stay 0 in the first half and 1 in the second average to 1."""
    weights = [torch.zeros(1)]
    average = moving_average(0.998)
    for step in range(1, steps):
        average(weights, [torch.ones(1) if step >= steps / 2 else torch.zeros(1)], step)
    assert weights[0].item() > 0.997
