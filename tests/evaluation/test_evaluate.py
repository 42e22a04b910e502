import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, load_coco, write_coco
from dynawave.datasets.raster import instance_map
from dynawave.errors import DatasetError
from dynawave.evaluation.calls import Call, Calls, file_detector, inspector_detector
from dynawave.evaluation.evaluate import evaluate, write_outcomes
from dynawave.evaluation.pixels import to_uint16
from dynawave.evaluation.table import results_table, sizes_table
from dynawave.records import Indication, Inspection, ModelInfo, WeldContext, WeldImage
from dynawave.taxonomy import FLAW

BOXES = {"a": [(5, 10, 20, 8), (60, 30, 10, 10)], "b": [(30, 30, 12, 40)]}


@pytest.fixture
def dataset(tmp_path: Path) -> CocoDataset:
    rng = np.random.default_rng(0)
    root = tmp_path / "films"
    root.mkdir()
    images, annotations = [], []
    for number, (name, boxes) in enumerate(BOXES.items(), 1):
        cv2.imwrite(str(root / f"{name}.png"), rng.integers(0, 60000, (80, 100)).astype(np.uint16))
        images.append(CocoImage(id=number, file_name=f"{name}.png", width=100, height=80, pixel_size_mm=0.05))
        for box in boxes:
            annotations.append(
                CocoAnnotation(
                    id=len(annotations) + 1, image_id=number, category_id=4, bbox=box, area=box[2] * box[3]
                )
            )  # fmt: skip
    made = CocoDataset(root, tuple(images), (CocoCategory(id=4, name="flaw"),), tuple(annotations))
    write_coco(made, root)
    return load_coco(root)


class FakeInspector:
    """Knows the flaws of each film by its name, and is asked with the pixel size of the set."""

    def inspect(self, image: WeldImage) -> Inspection:
        assert image.pixel_size_mm == 0.05 and image.pixels.dtype == np.uint16
        probability = np.full((image.height, image.width), 0.1, np.float32)
        found = []
        for number, (x, y, width, height) in enumerate(BOXES[Path(image.name).stem], 1):
            mask = np.ones((height, width), bool)
            probability[y : y + height, x : x + width] = 0.9
            box = (float(x), float(y), float(width), float(height))
            found.append(Indication(number, FLAW, 0.8, box, (1, 1, 1, 1), mask, (x, y), width, height, mask.size))
        return Inspection(image, tuple(found), ModelInfo("fake", "1", "0"), 0.0, (), probability)


def test_a_perfect_inspector_has_perfect_measures(dataset: CocoDataset, tmp_path: Path) -> None:
    outcome = evaluate(inspector_detector(FakeInspector()), dataset, "fake", tmp_path / "maps")
    found = outcome.evaluation
    assert (found.images, found.flaws, found.calls, found.false_calls) == (2, 3, 3, 0)
    assert [found.ap50, found.ap30, found.ap] == pytest.approx([1, 1, 1])
    assert found.hits == {"1": 1, "5": 1, "20": 1}
    assert [found.pixel_ap, found.auroc, found.best_f1] == pytest.approx([1, 1, 1])
    assert [(g.flaws, g.hit) for g in found.by_side] == [(2, 1), (1, 1), (0, None)]
    assert sum(g.flaws for g in found.by_contrast) == 3
    written = cv2.imread(str(tmp_path / "maps" / "b.png"), cv2.IMREAD_UNCHANGED)
    assert written.dtype == np.uint16 and ((written > 40000) == (instance_map(dataset, dataset.images[1])[0] > 0)).all()


def test_written_calls_and_maps_measure_the_same_when_read_back(dataset: CocoDataset, tmp_path: Path) -> None:
    def detect(image: WeldImage) -> Calls:
        rng = np.random.default_rng(len(image.path.stem) + ord(image.path.stem))
        boxes = [(*(np.array(box) + rng.normal(0, 2, 4)).tolist(),) for box in BOXES[image.path.stem]]
        boxes += [(50.0, 50.0, 6.0, 6.0)]
        calls = tuple(Call(box, float(rng.random()), "flaw") for box in boxes)
        return Calls(calls, rng.random((80, 100)).astype(np.float32))

    first = evaluate(detect, dataset, "peer", tmp_path / "maps")
    write_outcomes([first, replace(first, evaluation=first.evaluation.model_copy(update={"name": "x"}))], tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == [
        "detections.json", "detections.x.json", "metrics.json", "metrics.md",
    ]  # fmt: skip
    stored = file_detector(dataset, tmp_path / "detections.json", tmp_path / "maps")
    second = evaluate(stored, dataset, "peer").evaluation
    assert second.model_copy(update={"seconds": 0}) == first.evaluation.model_copy(update={"seconds": 0})
    record = json.loads((tmp_path / "metrics.json").read_text())["results"][0]
    assert record["name"] == "peer" and record["ap50"] == first.evaluation.ap50
    assert "| peer |" in (tmp_path / "metrics.md").read_text()


def test_a_coco_file_as_inspect_writes_it_is_matched_by_file_name(dataset: CocoDataset, tmp_path: Path) -> None:
    document = {
        "images": [{"id": 9, "file_name": "scans/b.png"}, {"id": 8, "file_name": "a.tif"}],
        "categories": [{"id": 1, "name": "flaw"}],
        "annotations": [{"id": 1, "image_id": 9, "category_id": 1, "bbox": [30, 30, 12, 40], "score": 0.7}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(document))
    found = evaluate(file_detector(dataset, tmp_path / "coco.json"), dataset, "peer").evaluation
    assert found.hits["1"] == pytest.approx(1 / 3) and found.pixel_ap is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not a COCO results file"),
        ("3", "not a COCO results file"),
        ('[{"image_id": 1}]', "lacks 'bbox'"),
        ('[{"image_id": 77, "bbox": [0, 0, 1, 1], "score": 1}]', "lacks 77"),
        ('{"images": [{"id": 1, "file_name": "z.png"}], "categories": [], "annotations": '
         '[{"image_id": 1, "bbox": [0, 0, 1, 1], "score": 1}]}', "names the image z, which is not in"),
    ],
)  # fmt: skip
def test_bad_results_are_refused_by_name(dataset: CocoDataset, tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "peer.json").write_text(text)
    with pytest.raises(DatasetError, match=reason) as error:
        file_detector(dataset, tmp_path / "peer.json")
    assert "peer.json" in str(error.value)


def test_maps_that_miss_or_are_no_maps_are_refused(dataset: CocoDataset, tmp_path: Path) -> None:
    (tmp_path / "peer.json").write_text("[]")
    detect = file_detector(dataset, tmp_path / "peer.json", tmp_path)
    with pytest.raises(DatasetError, match=r"has no probability map a\.png"):
        evaluate(detect, dataset, "peer")
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((80, 100), np.uint8))
    with pytest.raises(DatasetError, match=r"a\.png: is not a probability map"):
        evaluate(detect, dataset, "peer")
    cv2.imwrite(str(tmp_path / "a.png"), to_uint16(np.zeros((80, 99))))
    with pytest.raises(DatasetError, match=r"a\.png: the probability map has 99 x 80 pixels"):
        evaluate(detect, dataset, "peer")


def test_an_image_of_another_size_is_refused(dataset: CocoDataset) -> None:
    cv2.imwrite(str(dataset.root / "a.png"), np.arange(7000, dtype=np.uint16).reshape(70, 100))
    with pytest.raises(DatasetError, match=r"a\.png: the image has 100 x 70 pixels, the data set says 100 x 80"):
        evaluate(inspector_detector(FakeInspector()), dataset, "fake")


def test_tables_show_the_same_rows_and_dashes_for_nothing(dataset: CocoDataset) -> None:
    record = evaluate(lambda image: Calls(()), dataset, "nothing").evaluation
    table = results_table([record, record.model_copy(update={"name": "again"})], "Films")
    assert [row[0] for row in table.rows] == ["nothing", "again"]
    lines = table.markdown().splitlines()
    assert lines[0] == "**Films**" and lines[4].startswith("| nothing | 0.000 |") and lines[4].endswith("| - | - | - |")
    assert len({line.count("|") for line in lines[2:]}) == 1
    assert table.rich().row_count == 2 and len(table.rich().columns) == len(table.headings)
    assert sizes_table([record]).rows == (("nothing", "0.000", "0.000", "-", "0.000", "-", "-"),)


def test_a_detector_without_the_sets_classes_is_asked_for_flaws_of_any(dataset: CocoDataset) -> None:
    kinds = (CocoCategory(id=1, name="gas_pore"), CocoCategory(id=2, name="crack"))
    annotations = tuple(a.model_copy(update={"category_id": 1 + i % 2}) for i, a in enumerate(dataset.annotations))
    several = CocoDataset(dataset.root, dataset.images, kinds, annotations)
    assert evaluate(inspector_detector(FakeInspector()), several, "fake").evaluation.ap50 == pytest.approx(1)


def test_a_detector_of_families_is_asked_for_families(dataset: CocoDataset, tmp_path: Path) -> None:
    """Pores on film a, a crack on film b, which it takes for a pore; its class map has the first half of each flaw."""
    kinds = (CocoCategory(id=1, name="gas_pore"), CocoCategory(id=2, name="longitudinal_crack"))
    annotations = tuple(a.model_copy(update={"category_id": a.image_id}) for a in dataset.annotations)
    named = CocoDataset(dataset.root, dataset.images, kinds, annotations)

    def detect(image: WeldImage) -> Calls:
        pixels = np.zeros((image.height, image.width), np.uint8)
        for x, y, width, height in BOXES[Path(image.name).stem]:
            pixels[y : y + height // 2, x : x + width] = 2
        boxes = BOXES[Path(image.name).stem]
        return Calls(tuple(Call(box, 0.8, "cavity", 0.75) for box in boxes), class_map=pixels)

    outcome = evaluate(detect, named, "families", classes=("crack", "cavity"))
    found = outcome.evaluation.kinds
    assert found is not None and [kind.name for kind in found.by_class] == ["crack", "cavity"]
    crack, cavity = found.by_class
    assert (crack.recall, cavity.recall, cavity.precision) == (0, 1, pytest.approx(2 / 3))
    assert cavity.iou == pytest.approx((80 + 50) / (160 + 100 + 12 * 20)) and crack.iou == 0
    assert found.named == pytest.approx(2 / 3) and found.miou == pytest.approx(cavity.iou / 2)
    assert [d["score"] for d in outcome.detections] == pytest.approx([0.6] * 3)
    write_outcomes([outcome], tmp_path)
    assert "| cavity | 2 | 0.667 | 1.000 |" in (tmp_path / "metrics.md").read_text()
    assert json.loads((tmp_path / "metrics.json").read_text())["results"][0]["kinds"]["by_class"][1]["flaws"] == 2


def test_the_set_says_what_is_known_of_a_weld(dataset: CocoDataset) -> None:
    weld = WeldContext(base_metals=("P91",), filler="82")
    first, second = dataset.images
    told = dataset.subset((first.model_copy(update={"context": weld}), second))
    heard = []
    evaluate(lambda image: heard.append(image.context) or Calls(()), told, "listener")
    assert heard == [weld, WeldContext()]
