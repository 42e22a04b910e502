import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from dynawave.cli.main import app
from dynawave.datasets.coco import load_coco
from dynawave.errors import DatasetError
from dynawave.images import read_image
from dynawave.rle import decode
from dynawave.simulate.dataset import simulate_dataset
from dynawave.simulate.modalities import MODALITIES, modality_of


@pytest.mark.parametrize("name", ["visual", "ultrasonic"])
def test_data_set_holds_the_pictures_and_their_flaws(name, tmp_path):
    modality = MODALITIES[name]
    spec = modality.spec(width=160, height=144)
    assert modality_of(spec) is modality
    simulate_dataset(tmp_path, 4, 5, spec)
    dataset = load_coco(tmp_path)
    assert {c.iso6520 for c in dataset.categories} == {c.iso6520 for c in modality.classes}
    for index, image in enumerate(dataset.images):
        picture = modality.simulate(5, index, spec)
        read = read_image(dataset.path(image))
        assert np.array_equal(read.pixels, picture.pixels)
        assert image.pixel_size_mm == picture.pixel_size_mm
        # a density as coarse as a screen's is not believed
        if read.pixel_size_mm is not None:
            assert read.pixel_size_mm == pytest.approx(picture.pixel_size_mm, rel=1e-3)
        found = dataset.annotations_of(image)
        assert [a.iso6520 for a in found] == [flaw.flaw.iso6520 for flaw in picture.flaws]
        union = np.zeros((144, 160), bool)
        for annotation in found:
            union |= decode(annotation.segmentation.model_dump())
        assert np.array_equal(union, picture.flaw_mask())
    with pytest.raises(DatasetError, match="another"):
        simulate_dataset(tmp_path, 4, 5)


def test_command_takes_a_modality(tmp_path):
    run = CliRunner().invoke
    args = ["simulate", "--count", "1", "--seed", "1", "--workers", "1", "--size", "192x160"]
    done = run(app, [*args, "--modality", "visual", "--out", str(tmp_path / "a")])
    assert done.exit_code == 0, done.output
    assert cv2.imread(str(tmp_path / "a" / "images" / "000000.png"), cv2.IMREAD_UNCHANGED).shape == (160, 192, 3)
    assert run(app, [*args, "--modality", "ultrasonic", "--out", str(tmp_path / "b")]).exit_code == 0
    names = {c["name"] for c in json.loads((tmp_path / "b" / "coco.json").read_text())["categories"]}
    assert "lack_of_side_wall_fusion" in names and "spatter" not in names
    assert run(app, [*args, "--modality", "smell", "--out", str(tmp_path / "c")]).exit_code == 2
