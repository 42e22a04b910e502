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
from dynawave.simulate import FilmSpec, simulate_film
from dynawave.simulate.dataset import simulate_dataset

SPEC = FilmSpec(width=400, height=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("films")
    simulate_dataset(out, 4, 3, SPEC)
    return out


def test_coco_describes_the_films(folder):
    dataset = load_coco(folder)
    assert [image.file_name for image in dataset.images] == [f"images/{k:06d}.png" for k in range(4)]
    assert {c.iso6520 for c in dataset.categories} >= {2011, 301, 402, 1011}
    film = simulate_film(3, 1, SPEC)
    mine = dataset.annotations_of(dataset.images[1])
    assert len(mine) == len(film.flaws)
    for annotation, flaw in zip(mine, film.flaws, strict=True):
        mask = decode(annotation.segmentation.model_dump())
        x, y, width, height = (int(v) for v in annotation.bbox)
        assert np.array_equal(mask[y : y + height, x : x + width], flaw.mask)
        assert mask.sum() == annotation.area and annotation.iso6520 == flaw.flaw.iso6520


def test_images_are_the_films_with_their_pixel_size(folder):
    path = folder / "images" / "000002.png"
    assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), simulate_film(3, 2, SPEC).pixels)
    assert read_image(path).pixel_size_mm == pytest.approx(SPEC.pixel_size_mm, rel=1e-4)


def test_a_second_run_keeps_what_is_finished(folder):
    before = {p.name: p.stat().st_mtime_ns for p in (folder / "images").iterdir()}
    (folder / "films" / "000003.json").unlink()
    seen = []
    simulate_dataset(folder, 5, 3, SPEC, on_film=seen.append)
    after = {p.name: p.stat().st_mtime_ns for p in (folder / "images").iterdir()}
    assert sorted(seen) == list(range(5))
    assert all(after[f"{k:06d}.png"] == before[f"{k:06d}.png"] for k in range(3))
    assert after["000003.png"] != before["000003.png"]
    assert len(load_coco(folder).images) == 5
    assert not [p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".png", ".json")]


def test_another_series_in_the_same_folder_is_refused(folder):
    with pytest.raises(DatasetError, match="another"):
        simulate_dataset(folder, 2, 4, SPEC)
    with pytest.raises(DatasetError, match="format"):
        simulate_dataset(folder, 2, 3, SPEC, file_format="tiff")


def test_the_context_stands_beside_the_film(folder):
    """As plain JSON in the film's record and in the set, and as the film's own context once it is read."""
    context = simulate_film(3, 1, SPEC).context
    written = json.loads((folder / "films" / "000001.json").read_text())["image"]["context"]
    listed = json.loads((folder / "coco.json").read_text())["images"][1]["context"]
    assert written == listed
    assert (written["modality"], written["thickness_mm"]) == ("radiograph", context.thickness_mm)
    assert load_coco(folder).images[1].context == context


def test_command_writes_and_refuses(tmp_path):
    run = CliRunner().invoke
    args = ["simulate", "--count", "2", "--seed", "1", "--size", "320x256", "--workers", "1"]
    assert run(app, [*args, "--out", str(tmp_path / "a")]).exit_code == 0
    document = json.loads((tmp_path / "a" / "coco.json").read_text())
    assert len(document["images"]) == 2
    assert run(app, [*args, "--out", str(tmp_path / "a"), "--seed", "2"]).exit_code == 2
    assert run(app, ["simulate", "--count", "1", "--out", str(tmp_path / "b"), "--size", "huge"]).exit_code == 2
    assert run(app, ["simulate", "--count", "1", "--out", str(tmp_path / "b"), "--size", "8x8"]).exit_code == 2
    assert run(app, ["simulate", "--count", "1", "--out", str(tmp_path / "b"), "--format", "bmp"]).exit_code == 2


@pytest.mark.parametrize(("name", "suffix"), [("tiff", ".tif"), ("dicom", ".dcm")])
def test_command_writes_other_formats(name, suffix, tmp_path):
    args = ["simulate", "--count", "1", "--seed", "1", "--size", "320x256", "--workers", "1", "--format", name]
    assert CliRunner().invoke(app, [*args, "--out", str(tmp_path)]).exit_code == 0
    dataset = load_coco(tmp_path)
    assert dataset.images[0].file_name == f"images/000000{suffix}"
    film = simulate_film(1, 0, FilmSpec(width=320, height=256))
    assert np.array_equal(read_image(dataset.path(dataset.images[0])).pixels, film.pixels)
