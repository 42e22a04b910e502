"""Probability of detection against published figures and against SciPy fits of the likelihood itself."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.stats import chi2, norm

from dynawave.evaluation.pod import fit_hit_miss, fit_signal
from dynawave.evaluation.pod.curve import LEVELS
from dynawave.evaluation.pod.hit_miss import _crossing

# Bliss (1935), flour beetles and carbon disulphide: log10 dose, exposed, killed. Dobson and Barnett, An Introduction to
# Generalized Linear Models, 3rd ed., table 7.4, fit the logistic curve with intercept -60.717 and slope 34.270.
BLISS = np.array(
    [(1.6907, 59, 6), (1.7242, 60, 13), (1.7552, 62, 18), (1.7842, 56, 28),
     (1.8113, 63, 52), (1.8369, 59, 53), (1.8610, 62, 61), (1.8839, 60, 60)]
)  # fmt: skip


@pytest.fixture(scope="module")
def bliss() -> tuple[np.ndarray, np.ndarray]:
    sizes = np.concatenate([np.full(int(n), 10**x) for x, n, _ in BLISS])
    hit = np.concatenate([np.arange(int(n)) < y for _, n, y in BLISS])
    return sizes, hit


@pytest.fixture(scope="module")
def trial() -> tuple[np.ndarray, np.ndarray]:
    """80 flaws, found with probability 0.5 at 1 mm and 0.9 at 2.1 mm."""
    rng = np.random.default_rng(5)
    sizes = np.exp(rng.uniform(np.log(0.2), np.log(6), 80))
    return sizes, rng.random(80) < 1 / (1 + np.exp(-3 * np.log(sizes)))


def test_the_logistic_curve_is_the_published_one(bliss) -> None:
    pod = fit_hit_miss(*bliss)
    assert np.log(10) / pod.scale == pytest.approx(34.270, abs=5e-3)
    assert -pod.location / pod.scale == pytest.approx(-60.717, abs=5e-3)
    assert pod.a50 == pytest.approx(10 ** (60.717 / 34.270), rel=1e-4)
    assert (pod.flaws, pod.found, pod.enough, pod.reason) == (481, 291, True, "")


def test_sizes_of_a_flat_curve_are_numbers() -> None:
    """Signals that hardly rise with size: the bound reaches 95 % beyond any number."""
    sizes, signals = np.exp(np.linspace(0, 1, 400)), np.random.default_rng(1).normal(0, 50, 400)
    pod = fit_signal(sizes, signals, -99, 80)
    assert len(pod.curve) == 14 and 0.9 in dict(pod.bound) and 0.99 not in dict(pod.bound)
    assert all(np.isfinite(size) for _, size in pod.bound) and pod.a90 is None and pod.a90_95 is None


def likelihood(parameters, x, hit) -> float:
    return float(np.logaddexp(0, np.where(hit, -1, 1) * (parameters[0] + parameters[1] * x)).sum())


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_the_bound_is_that_of_the_likelihood_ratio(trial, level: float) -> None:
    """Against SciPy: two-parameter maximum, and the profile along the size at which the curve has this level."""
    sizes, hit = trial
    x, logit = np.log(sizes), np.log(level / (1 - level))
    best = minimize(likelihood, [0, 1], (x, hit), tol=1e-12)

    def excess(size: float) -> float:
        through = minimize(lambda b: likelihood([logit - b[0] * size, b[0]], x, hit), [1.0], tol=1e-12)
        return 2 * (through.fun - best.fun) - chi2.ppf(0.90, 1)

    estimate = (logit - best.x[0]) / best.x[1]
    pod = fit_hit_miss(sizes, hit)
    assert dict(pod.curve)[level] == pytest.approx(np.exp(estimate), rel=1e-4)
    assert dict(pod.bound)[level] == pytest.approx(np.exp(brentq(excess, estimate, estimate + 3)), rel=1e-4)
    assert pod.a90 < pod.a90_95 and pod.a90_95 == dict(pod.bound)[0.9]


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """ln of sizes around 67 px, most of which are found, and whether: misses are few, far below the sizes asked for."""
    rng = np.random.default_rng(seed)
    flaws, middle, scale = int(rng.integers(40, 600)), rng.uniform(2.5, 4), rng.uniform(0.1, 0.6)
    x = rng.normal(4.2, 0.5, flaws)
    return x, rng.random(flaws) < 1 / (1 + np.exp(-(x - middle) / scale))


@pytest.mark.parametrize("seed", [0, 1, 20, 27, 37, 66])  # at the last four Newton's steps ran away
def test_bounds_grow_with_the_probability(seed: int) -> None:
    x, hit = drawn(seed)
    pod = fit_hit_miss(np.exp(x), hit, "px")
    bounds = [size for _, size in pod.bound]
    assert [level for level, _ in pod.bound] == list(LEVELS) and bounds == sorted(bounds)
    assert all(bound > size for bound, (_, size) in zip(bounds, pod.curve, strict=True))


@pytest.mark.parametrize("seed", [20, 27])
@pytest.mark.parametrize("level", [0.975, 0.99])
def test_far_bounds_are_those_of_a_grid(seed: int, level: float) -> None:
    """Every curve of a grid of sizes and slopes: the least size from which on no slope is likely enough."""
    x, hit = drawn(seed)
    best = minimize(likelihood, [-9, 3], (x, hit), tol=1e-12).fun
    estimate = np.log(dict(fit_hit_miss(np.exp(x), hit).curve)[level])
    places, slopes = np.arange(estimate, estimate + 2, 0.02), np.geomspace(0.3, 40, 400)
    sign = np.where(hit, -1, 1)
    misfit = [
        min(np.logaddexp(0, sign * (np.log(level / (1 - level)) + b * (x - place))).sum() for b in slopes)
        for place in places
    ]
    unlikely = 2 * (np.array(misfit) - best) > chi2.ppf(0.90, 1)
    first = places[int(unlikely.argmax())]
    assert unlikely.any() and not unlikely[0]
    assert np.log(dict(fit_hit_miss(np.exp(x), hit).bound)[level]) == pytest.approx(first, abs=0.021)


@pytest.mark.parametrize(
    ("sizes", "hit", "reason"),
    [
        ([], [], "no flaws of known size"),
        ([1, 2, 3], [1, 1, 1], "every flaw was found"),
        ([1, 2, 3], [0, 0, 0], "no flaw was found"),
        ([1, 2, 3], [0, 1, 1], "no slope to fit"),
        ([1, 2, 3, 4], [1, 1, 0, 1], "not found more often"),
    ],
)
def test_without_a_curve_it_says_why(sizes, hit, reason: str) -> None:
    pod = fit_hit_miss(np.array(sizes, float), np.array(hit, bool))
    assert reason in pod.reason and pod.a90 is None and not pod.curve and not pod.enough


def test_a_rise_that_is_not_sure_has_no_bound() -> None:
    sizes = np.tile([1.0, 2.0, 4.0, 30.0], 4)
    hit = np.array([0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1], bool)
    pod = fit_hit_miss(sizes, hit)
    assert 4 < pod.a90 < 30 and pod.a90_95 is None and "not sure enough" in pod.reason


def test_nothing_is_said_beyond_the_flaws_of_the_trial(trial) -> None:
    sizes, hit = trial
    small = sizes < 1.2
    pod = fit_hit_miss(sizes[small], hit[small])
    assert pod.a90 is pod.a90_95 is None and "a90 lies beyond the flaws of the trial, 0.2 to 1.2 mm" in pod.reason
    assert pod.a50 is not None and dict(pod.curve)[0.9] > 1.2


@pytest.fixture(scope="module")
def signals() -> tuple[np.ndarray, np.ndarray]:
    """Signals that are seen from 0 on."""
    rng = np.random.default_rng(2)
    sizes = np.exp(rng.uniform(np.log(0.3), np.log(5), 90))
    return sizes, np.maximum(1 + 2 * np.log(sizes) + rng.normal(0, 0.8, 90), 0)


def test_signals_against_scipy(signals) -> None:
    """Maximum of the censored likelihood, and the delta method with a Hessian of differences."""
    sizes, seen = signals
    x, decision = np.log(sizes), 1.5
    assert 5 < (seen == 0).sum() < 40

    def negative(p) -> float:
        mean, s = p[0] + p[1] * x, np.exp(p[2])
        return -float(np.where(seen > 0, norm.logpdf(seen, mean, s), norm.logcdf((0 - mean) / s)).sum())

    best = minimize(
        negative, [0, 1, 0], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 5000}
    ).x
    eye, h = np.eye(3), 1e-4
    hessian = np.array(
        [
            [
                (negative(best + h * (a + b)) - negative(best + h * (a - b)) - negative(best - h * (a - b))
                 + negative(best - h * (a + b))) / (4 * h * h)
                for a in eye
            ]
            for b in eye
        ]
    )  # fmt: skip

    def log_a90(p) -> float:
        return (decision - p[0] + norm.ppf(0.9) * np.exp(p[2])) / p[1]

    gradient = np.array([(log_a90(best + 1e-6 * a) - log_a90(best - 1e-6 * a)) / 2e-6 for a in eye])
    error = np.sqrt(gradient @ np.linalg.inv(hessian) @ gradient)
    pod = fit_signal(sizes, seen, 0.0, decision)
    assert pod.a90 == pytest.approx(np.exp(log_a90(best)), rel=1e-4)
    assert pod.a90_95 == pytest.approx(np.exp(log_a90(best) + norm.ppf(0.95) * error), rel=1e-3)
    assert pod.found == (seen > decision).sum()


def test_signals_without_censoring_are_ordinary_least_squares() -> None:
    rng = np.random.default_rng(3)
    sizes = np.exp(rng.uniform(-1, 2, 60))
    signals = 0.5 + 1.5 * np.log(sizes) + rng.normal(0, 0.5, 60)
    slope, intercept = np.polyfit(np.log(sizes), signals, 1)
    deviation = np.std(signals - intercept - slope * np.log(sizes))
    pod = fit_signal(sizes, signals, -10.0, 1.0)
    assert (pod.location, pod.scale) == pytest.approx(((1 - intercept) / slope, deviation / slope), rel=1e-4)


def test_signals_that_cannot_be_fitted_say_why() -> None:
    sizes = np.linspace(1, 3, 30)
    assert "fewer than 10" in fit_signal(sizes, np.zeros(30), 0.0, 1.0).reason
    falling = fit_signal(sizes, 5 - sizes + np.random.default_rng(0).normal(0, 0.1, 30), 0.0, 1.0)
    assert "does not rise" in falling.reason and falling.a90 is None


def test_a_curve_that_could_not_be_fitted_has_no_bound() -> None:
    """The function is to be negative at its start; where the fit failed it is not, and there is nothing to look for."""
    assert _crossing(lambda size: 1.0 + size, 0.0, brentq) is None
    assert _crossing(lambda size: size - 0.35, 0.0, brentq) == pytest.approx(0.35)
    assert _crossing(lambda size: -1.0, 0.0, brentq) is None
