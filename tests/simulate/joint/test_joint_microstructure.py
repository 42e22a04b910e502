import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate.joint import Grains, Joint, Photons, draw_grains
from dynawave.simulate.joint.diffraction import grain_strength
from dynawave.simulate.joint.grains import growth_direction
from dynawave.simulate.joint.microstructure import mottle

PIXEL = 0.05
NARROW = Joint(12, (0, 0), 10, 0, cap_mm=0, root_mm=0, dilution=(0.1, 0.1))
PLAIN = Grains((0.3, 0.3), 2.4, misorientation_deg=0, texture=0, rise=0, lean_limit_deg=0)

# so fine that what a grain diffracts falls beside its own shadow, wherever it lies
FINE = Grains((0.12, 0.12), 1.0, misorientation_deg=0, texture=0, rise=0, lean_limit_deg=0)


def draw(joint=NARROW, grains=PLAIN, kev=110, seed=0, width=500, height=400, tilt=0.0):
    y = np.repeat((np.arange(height, dtype=np.float32)[:, None] - height / 2) * PIXEL, width, 1)
    return mottle(np.random.default_rng(seed), joint, grains, Photons.around(kev), y, PIXEL, tilt), y


def spread(joint=NARROW, grains=PLAIN, kev=110):
    """Standard deviation well inside the weld metal, over some seeds."""
    half = joint.width_at(joint.thickness_mm) / 2
    values = []
    for seed in range(4):
        depth, y = draw(joint, grains, kev, seed)
        values.append(depth[np.abs(y) < 0.7 * half].std())
    return np.mean(values)


@pytest.mark.parametrize("bevel", [0.0, 10.0, 30.0, 45.0])
def test_grains_leave_the_fusion_line_at_a_right_angle(bevel):
    joint = Joint(15, (bevel, bevel), 4, 0)
    z = np.linspace(1, 14, 9)
    for line, sign in zip(joint.fusion_lines(z), (1, -1), strict=True):
        direction = growth_direction(joint, Grains(), line, z)
        tangent = np.stack([np.zeros(9), np.gradient(line, z), np.ones(9)], -1)
        assert np.einsum("ij,ij->i", direction, tangent) == pytest.approx(0, abs=1e-9)
        assert direction[:, 0] == pytest.approx(0, abs=1e-9)
        assert (sign * direction[:, 1] > 0).all()


def test_grains_turn_up_and_forward_towards_the_middle():
    joint = Joint(15, (20, 20), 4, 0)
    y = np.linspace(joint.fusion_lines(np.array([5.0]))[0][0], -0.1, 20)
    direction = growth_direction(joint, Grains(lean_limit_deg=40), y, np.full(20, 5.0))
    assert (np.diff(-direction[:, 2]) >= -1e-9).all() and -direction[-1, 2] > 0.9
    lean = np.degrees(np.arctan2(direction[:, 0], np.abs(direction[:, 1])))
    assert (np.diff(lean) >= -1e-9).all() and lean[-1] == pytest.approx(40)
    mirrored = growth_direction(joint, Grains(lean_limit_deg=40), -y, np.full(20, 5.0))
    assert mirrored == pytest.approx(direction * [1, -1, 1])


def test_integrated_strength_against_a_reflection_worked_by_hand():
    # {200} of one grain in a flat spectrum of width 60 keV: 2 r_e^2 |F/V|^2 d^2 h c keV/mm over 60 keV
    energies = np.linspace(80, 140, 601)
    strength = grain_strength(Photons(energies, np.ones(601)), mosaic_deg=0.05)
    d, factor = 3.57 / 2, 4 * 19.2 * np.exp(-0.45 * (1 / 3.57) ** 2) / 3.57**3
    height = 1e7 * 2 * 2.818e-5**2 * factor**2 * d**2 * 12.398 / 60
    width = 12.398 / (2 * d) * (1 / 80 - 1 / 140)
    assert strength.axial == pytest.approx(height**2 * width - (height * width) ** 2, rel=0.05)


def test_strength_falls_with_energy_to_the_power_of_three_halves():
    energies = np.array([80, 120, 180, 270])
    sigma = [np.sqrt(grain_strength(Photons.around(e)).random) for e in energies]
    assert np.polyfit(np.log(energies), np.log(sigma), 1)[0] == pytest.approx(-1.5, abs=0.1)
    assert spread(grains=FINE, kev=160) / spread(grains=FINE, kev=80) == pytest.approx(2**-1.5, rel=0.15)


def test_texture_strengthens_grains_that_lie_across_the_beam():
    strength = grain_strength(Photons.around(110))
    flat, steep = strength.variance(np.array([0.0, 0.9]), 0.8, 10)
    assert flat > 1.1 * strength.random > 1.1 * steep


def test_relative_contrast_falls_with_the_root_of_the_number_of_grains():
    thin, thick = (Joint(t, (0, 0), 10, 0, 0, 0, 0, (0.1, 0.1)) for t in (6, 24))
    # optical depth grows like the root of the path, attenuation like the path: four times as much of it
    assert spread(thick, FINE) / 24 / (spread(thin, FINE) / 6) == pytest.approx(0.5, rel=0.15)


def test_contrast_grows_with_the_root_of_the_grain_width():
    fine, coarse = (
        Grains((w, w), 8 * w, misorientation_deg=0, texture=0, rise=0, lean_limit_deg=0) for w in (0.2, 0.6)
    )
    assert spread(grains=coarse) / spread(grains=fine) == pytest.approx(np.sqrt(3), rel=0.2)


def test_the_level_follows_from_strength_path_and_chord():
    sigma = np.sqrt(grain_strength(Photons.around(110), PLAIN.mosaic_deg).random * 12 * 0.3)
    # what a grain takes it gives elsewhere, in three parts: a third more variance if it all falls beside
    assert sigma * 0.85 < spread() < sigma * np.sqrt(4 / 3) * 1.1


def test_nothing_outside_the_weld_metal_and_no_mean():
    depth, y = draw()
    assert (depth[np.abs(y) > NARROW.width_at(0) / 2 + 2 * PIXEL] == 0).all()
    assert abs(depth.mean()) < 0.1 * depth.std()


def directions(depth, y, low, high):
    """Mean angle in degrees of streaks to the direction across the seam, by the structure tensor."""
    window = (y > low) & (y < high)
    gy, gx = np.gradient(depth)
    xx, yy, xy = ((a * b)[window].mean() for a, b in ((gx, gx), (gy, gy), (gx, gy)))
    return np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)), np.hypot(xx - yy, 2 * xy) / (xx + yy)


@pytest.mark.parametrize("near", [0.95, 0.75, 0.5])
def test_streaks_follow_the_growth_directions_on_both_sides(near):
    joint = Joint(8, (0, 0), 12, 0, 0, 0, 0, (0.1, 0.1))
    grains = Grains((0.2, 0.2), 2.5, misorientation_deg=2, rise=0.2, pool_ratio=1.2, lean_limit_deg=45, middle_spread=0)
    depth, y = draw(joint, grains, width=900)
    at = near * joint.width_at(0) / 2
    x, across, _ = growth_direction(joint, grains, np.array([-at]), np.array([4.0]))[0]
    lean = np.degrees(np.arctan2(x, across))
    (upper, sharp), (lower, _) = (directions(depth, y, side * at - 0.3, side * at + 0.3) for side in (-1, 1))
    # the gradient is normal to a streak; herring-bone, mirrored about the middle
    assert upper == pytest.approx(-lean, abs=7) and lower == pytest.approx(lean, abs=7)
    assert sharp > 0.5


def test_few_grains_make_outliers_and_many_make_gaussian_noise():
    def kurtosis(grains):
        depth = np.concatenate([draw(grains=grains, seed=s)[0][80:320].ravel() for s in range(3)])
        return (depth**4).mean() / (depth**2).mean() ** 2

    coarse = Grains((1.5, 1.5), 6, misorientation_deg=0, texture=0, rise=0, lean_limit_deg=0)
    assert kurtosis(coarse) > kurtosis(PLAIN) + 0.3


def test_transformed_weld_metal_has_no_grains_to_see():
    rng = np.random.default_rng(0)
    assert draw_grains(rng, "martensitic") is None
    assert draw_grains(rng, "nickel").length_mm > 0


def test_impossible_grains_and_photons_are_refused():
    with pytest.raises(ConfigError, match="grains: "):
        Grains(length_mm=0.1)
    with pytest.raises(ConfigError, match="grains: "):
        Grains(texture=2)
    with pytest.raises(ConfigError, match="photons: "):
        Photons(np.array([10.0, 15.0]), np.ones(2))
