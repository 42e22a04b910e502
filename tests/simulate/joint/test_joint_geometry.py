import numpy as np
import pytest

from dynawave.errors import ConfigError
from dynawave.simulate.joint import Joint, draw_joint

TAN30 = np.tan(np.radians(30))


def test_groove_area_of_a_single_v_by_hand():
    joint = Joint(12, (30, 30), root_gap_mm=3, root_face_mm=2)
    # gap x thickness, and two triangles of height 10 and base 10 tan 30
    assert joint.groove_mm2 == pytest.approx(36 + 100 * TAN30)


def test_square_butt_without_reinforcement_by_hand():
    joint = Joint(10, (0, 0), root_gap_mm=4, root_face_mm=10, cap_mm=0, root_mm=0, dilution=(0.1, 0.1))
    # 40 mm2 of filler are 80 % of the weld metal: 50 mm2, of which 5 mm2 from each side, 0.5 mm deep
    assert joint.weld_mm2 == pytest.approx(50)
    assert joint.penetration_mm == pytest.approx((0.5, 0.5))
    left, right = joint.fusion_lines(np.array([0.0, 5.0, 10.0]))
    assert left == pytest.approx(-2.5) and right == pytest.approx(2.5)


@pytest.mark.parametrize("dilution", [(0.1, 0.2), (0.3, 0.0), (0.25, 0.25)])
def test_melted_metal_is_the_share_that_was_asked_for(dilution):
    joint = Joint(14, (35, 10), 2.5, 1.5, cap_mm=2, root_mm=1, dilution=dilution)
    melted = np.array(joint.penetration_mm) * 14
    # area between the fusion lines by quadrature, cap and root as parabolas
    z = np.linspace(0, 14, 20001)
    left, right = joint.fusion_lines(z)
    area = np.trapezoid(right - left, z) + 2 / 3 * (2 * joint.width_at(0) + 1 * joint.width_at(14))
    assert joint.weld_mm2 == pytest.approx(area, rel=1e-4)
    assert melted / area == pytest.approx(dilution, rel=1e-4)


def test_surfaces_of_misaligned_plates():
    joint = Joint(10, cap_mm=2, root_mm=1, misalignment_mm=1.5)
    top, bottom = joint.surfaces(np.array([-50.0, 0.0, 50.0]))
    assert (top[0], bottom[0]) == (0, 10) and (top[2], bottom[2]) == (1.5, 11.5)
    left, right = joint.fusion_lines(np.array([0.0, 1.5]))
    middle = (left[0] + right[1]) / 2
    assert joint.surfaces(np.array([middle]))[0][0] == pytest.approx(0.75 - 2)


def test_flush_joint_keeps_its_fusion_lines():
    joint = Joint(12, dilution=(0.2, 0.1))
    z = np.linspace(0, 12, 7)
    for line, ground in zip(joint.fusion_lines(z), joint.flush().fusion_lines(z), strict=True):
        assert ground == pytest.approx(line)


def test_buttering_is_as_wide_as_before_welding_less_what_was_melted():
    joint = Joint(12, buttering_mm=6)
    z = np.array([0.0, 6.0])
    assert joint.fusion_lines(z)[0] - joint.buttering_line(z) == pytest.approx(6 - joint.penetration_mm[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"thickness_mm": 0},
        {"root_face_mm": 20},
        {"bevel_deg": (70, 0)},
        {"dilution": (0.6, 0.6)},
        {"buttering_mm": 0.1},
        {"misalignment_mm": 9},
    ],
)
def test_what_cannot_be_welded_is_refused(wrong):
    with pytest.raises(ConfigError, match="joint: "):
        Joint(**{"thickness_mm": 12.0, **wrong})


def test_drawn_joints_have_the_cap_that_was_asked_for():
    rng = np.random.default_rng(0)
    for _ in range(60):
        thickness, width = rng.uniform(4, 35), rng.uniform(5.6, 21)
        joint = draw_joint(rng, thickness, width)
        assert joint.width_at(0.0) == pytest.approx(width, rel=1e-6)
        assert 0.01 < sum(joint.dilution) <= 0.4
