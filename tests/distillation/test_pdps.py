import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dynawave.distillation.pdps import (
    KindStatistics,
    PriorDrivenSupervision,
    count_kinds,
    smoothed_targets,
    soft_cross_entropy,
)

FILMS = [np.array([0, 0, 1]), np.array([1, 1, 1, 1]), np.array([0, -1]), np.array([], np.int64), np.array([1, 0])]
"""Four of five films hold flaws; nobody has seen kind 2."""


@pytest.fixture
def statistics() -> KindStatistics:
    return count_kinds(FILMS, 3)


def test_counts_by_hand(statistics: KindStatistics) -> None:
    assert statistics.flaws == (4, 6, 0)
    assert statistics.together == ((3, 2, 0), (2, 3, 0), (0, 0, 0))


def test_rows_of_the_prior_sum_to_one(statistics: KindStatistics) -> None:
    """Laplace-smoothed (32): what was never seen has a row and a column, too."""
    prior = statistics.prior().double().numpy()
    np.testing.assert_allclose(prior.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(prior[0], np.array([4, 3, 1]) / 8, rtol=1e-6)
    np.testing.assert_allclose(prior[2], np.full(3, 1 / 3), rtol=1e-6)


def test_weights_favour_rare_kinds(statistics: KindStatistics) -> None:
    """1 / log(1 + freq) (34) up to a factor that makes the mean over flaws one."""
    frequency = np.array([5.0, 7.0, 1.0])
    expected = 1 / np.log(1 + frequency)
    weights = statistics.weights().double().numpy()
    np.testing.assert_allclose(weights / weights[0], expected / expected[0], rtol=1e-6)
    assert (weights * frequency).sum() / frequency.sum() == pytest.approx(1, rel=1e-6)


def test_statistics_survive_json(statistics: KindStatistics) -> None:
    assert KindStatistics.model_validate_json(statistics.model_dump_json()) == statistics


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.7, 1.0])
def test_targets_are_distributions(statistics: KindStatistics, epsilon: float) -> None:
    """(31) against a loop; epsilon 1 is the prior."""
    label, prior = torch.tensor([2, 0, 1, 0]), statistics.prior()
    target = smoothed_targets(label, prior, epsilon)
    for row, truth in zip(target, label.tolist(), strict=True):
        expected = [(1 - epsilon) * (k == truth) + epsilon * prior[truth, k].item() for k in range(3)]
        np.testing.assert_allclose(row, expected, rtol=1e-6)
    torch.testing.assert_close(target.sum(1), torch.ones(4))
    if epsilon == 1:
        torch.testing.assert_close(target, prior[label])


def test_soft_cross_entropy_against_a_loop() -> None:
    rng = np.random.default_rng(0)
    logits, target, weights = rng.normal(0, 2, (6, 4)), rng.dirichlet(np.ones(4), 6), rng.uniform(0.5, 2, 4)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    given = torch.from_numpy(logits), torch.from_numpy(target)
    np.testing.assert_allclose(soft_cross_entropy(*given), -(target * np.log(p)).sum(1), rtol=1e-9)
    weighted = soft_cross_entropy(*given, torch.from_numpy(weights))
    np.testing.assert_allclose(weighted, -(weights * target * np.log(p)).sum(1), rtol=1e-9)


def test_gradient() -> None:
    logits = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    target = torch.rand(5, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda z: soft_cross_entropy(z, target), (logits,))


def test_epsilon_zero_is_cross_entropy(statistics: KindStatistics) -> None:
    """Weighted by the cells, and blind to flaws of unknown kind."""
    logits, label = torch.randn(40, 3), torch.randint(-1, 3, (40,))
    weight = torch.rand(40) + 0.2
    term = PriorDrivenSupervision(statistics, epsilon=0.0, balanced=False)
    known = label >= 0
    expected = (F.cross_entropy(logits[known], label[known], reduction="none") * weight[known]).sum()
    torch.testing.assert_close(term(logits, label, weight), expected / weight[known].sum())


def test_without_a_known_kind_there_is_no_term(statistics: KindStatistics) -> None:
    logits = torch.randn(4, 3, requires_grad=True)
    term = PriorDrivenSupervision(statistics, epsilon=0.1, balanced=True)
    loss = term(logits, torch.full((4,), -1), torch.ones(4))
    loss.backward()
    assert loss == 0 and logits.grad is not None and not logits.grad.any()


def test_the_least_loss_is_the_target(statistics: KindStatistics) -> None:
    """Descent on the logits of each kind ends at q (31): the term asks for nothing else."""
    term = PriorDrivenSupervision(statistics, epsilon=0.3, balanced=False)
    label = torch.arange(3)
    logits = torch.zeros(3, 3, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=100)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss: torch.Tensor = term(logits, label, torch.ones(3))
        loss.backward()
        return loss

    optimizer.step(closure)
    expected = smoothed_targets(label, statistics.prior(), 0.3)
    torch.testing.assert_close(logits.softmax(1), expected, atol=1e-3, rtol=0)


def test_a_checkpoint_holds_the_prior(statistics: KindStatistics) -> None:
    kept = PriorDrivenSupervision(statistics, epsilon=0.3, balanced=True).state_dict()
    empty = PriorDrivenSupervision(count_kinds([], 3), epsilon=0.3, balanced=True)
    empty.load_state_dict(kept)
    torch.testing.assert_close(empty.prior, statistics.prior())
    torch.testing.assert_close(empty.weights, statistics.weights())
