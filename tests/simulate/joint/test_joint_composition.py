import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.metallurgy.composition import dilute
from dynawave.simulate.joint import Joint, Member, Mixing, draw_joint, draw_mixing
from dynawave.simulate.joint.composition import density, section


def cut(joint, mixing=None, seed=0, rows=160):
    z = np.linspace(-3, joint.thickness_mm + 3, rows)
    y = np.arange(-25, 25, 0.05)
    return section(joint, mixing or Mixing(), np.random.default_rng(seed), y, z)


def mean_of_weld(joint, sampled):
    weight = sampled.fused * sampled.filled
    return (sampled.fractions * weight).sum((1, 2)) / weight.sum()


def test_fractions_sum_to_one_everywhere_and_none_is_negative():
    rng = np.random.default_rng(1)
    for seed in range(12):
        joint = draw_joint(rng, rng.uniform(4, 30), rng.uniform(6, 20))
        fractions = cut(joint, draw_mixing(rng, joint), seed).fractions
        assert fractions.sum(0) == pytest.approx(1, abs=2e-6)
        assert fractions.min() > -1e-6


@pytest.mark.parametrize("dilution", [(0.1, 0.2), (0.2, 0.2), (0.35, 0.1)])
def test_mean_dilution_is_the_one_asked_for(dilution):
    joint = Joint(14, dilution=dilution)
    mean = mean_of_weld(joint, cut(joint))
    assert mean[Member.BASE_A] == pytest.approx(dilution[0], abs=1e-4)
    assert mean[Member.BASE_B] == pytest.approx(dilution[1], abs=1e-4)


def test_mean_composition_agrees_with_the_metallurgy():
    metals = ({"Fe": 90, "Cr": 9, "Mo": 1}, {"Fe": 65, "Cr": 18, "Ni": 17}, {"Ni": 72, "Cr": 20, "Nb": 8})
    joint = Joint(14, dilution=(0.2, 0.1))
    mean = mean_of_weld(joint, cut(joint))
    expected = dilute(*metals, 0.2, 0.1)
    for element, content in expected.items():
        mixed = sum(share * metal.get(element, 0) for share, metal in zip(mean[:3], metals, strict=True))
        assert mixed == pytest.approx(content, abs=0.02)


def test_side_a_of_a_buttered_weld_is_diluted_by_its_buttering():
    joint = Joint(14, dilution=(0.2, 0.1), buttering_mm=8)
    sampled = cut(joint)
    mean = mean_of_weld(joint, sampled)
    assert mean[Member.BUTTERING] + mean[Member.BASE_A] == pytest.approx(0.2, abs=1e-4)
    assert mean[Member.BASE_A] < 0.001
    assert sampled.buttering.any() and not (sampled.buttering & sampled.fused).any()


def test_zones_follow_each_other_from_base_to_weld_metal():
    joint, mixing = Joint(20, (0, 0), 14, 20, dilution=(0.15, 0.15)), Mixing((0.2, 0.2), (0.3, 0.3), pass_spread=0)
    sampled = cut(joint, mixing)
    row = sampled.fractions[Member.BASE_A, 80]
    inside = sampled.y - joint.fusion_lines(sampled.z[80:81])[0][0]
    assert (row[inside < 0.2] == 1)[:300].all()
    bulk = row[np.argmin(np.abs(sampled.y))]
    graded = np.interp(0.2 + 0.3, inside, row)
    assert graded == pytest.approx(bulk + (1 - bulk) / np.e, abs=0.03)
    assert 0.1 < bulk < 0.15


def test_passes_differ_as_much_as_asked():
    joint = Joint(30, dilution=(0.15, 0.15))
    even, spread = (cut(joint, Mixing(pass_spread=s)) for s in (0.0, 0.25))
    inner = even.stirred > 0.999
    assert np.ptp(even.fractions[Member.FILLER][inner]) < 1e-3
    assert spread.fractions[Member.FILLER][inner].std() > 0.02


def test_zones_wider_than_what_was_melted_are_refused():
    with pytest.raises(ConfigError, match="unmixed and graded zones"):
        cut(Joint(10, dilution=(0.02, 0.02)), Mixing((0.4, 0.4), (0.5, 0.5)))


def test_density_of_a_mixture():
    half = np.array([0.5, 0.0, 0.5, 0.0])
    # 0.5 g of each: 1 g over the sum of their volumes
    assert density(half, (7.8, 7.9, 8.4, 8.2)) == pytest.approx(1 / (0.5 / 7.8 + 0.5 / 8.4))
