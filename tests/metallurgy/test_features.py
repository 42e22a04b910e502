import math
import subprocess
import sys

import pytest

from dynawave.metallurgy import composition_features, context_features, find_metal
from dynawave.metallurgy.features import FEATURES
from dynawave.records import WeldContext


def test_a_known_metal() -> None:
    found = composition_features(find_metal("316L", "filler").composition)
    assert tuple(found) == FEATURES
    assert found["cr_eq_wrc"] == pytest.approx(18.7 + 2.5)
    assert found["nickel_base"] == 0 and found["ferrite_number"] == pytest.approx(6.9, abs=0.1)


def test_nickel_alloys_have_no_ferrite() -> None:
    found = composition_features(find_metal("82", "filler").composition)
    assert (found["nickel_base"], found["ferrite_number"]) == (1, 0)


def test_what_is_unknown_stays_none() -> None:
    assert set(composition_features(None).values()) == {None}
    assert set(context_features(WeldContext()).values()) == {None}
    found = context_features(WeldContext(base_metals=("P91", "mithril"), filler="82"), dilution=0.3)
    assert found["base_a.ce_iiw"] and found["filler.nickel_base"] == 1
    assert found["base_b.ce_iiw"] is None and found["weld.cr_eq_wrc"] is None


def test_the_weld_metal_needs_the_dilution() -> None:
    context = WeldContext(base_metals=("P91", "316L"), filler="ERNiCr-3")
    assert context_features(context)["weld.cr_eq_wrc"] is None
    found = context_features(context, dilution=0.3)
    parts = [found[f"{part}.cr_eq_wrc"] or math.nan for part in ("base_a", "base_b", "filler", "weld")]
    assert parts[3] == pytest.approx(0.15 * parts[0] + 0.15 * parts[1] + 0.7 * parts[2])


def test_one_base_metal_is_both() -> None:
    found = context_features(WeldContext(base_metals=("P22",)))
    assert found["base_a.ce_iiw"] == found["base_b.ce_iiw"] is not None


def test_only_the_core_is_imported() -> None:
    code = (
        "import sys, dynawave.metallurgy; print(*sorted({'torch', 'scipy', 'yaml', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
