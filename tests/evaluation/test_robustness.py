import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, write_coco
from dynawave.errors import DatasetError
from dynawave.evaluation.calls import Call, Calls
from dynawave.evaluation.corruptions import CORRUPTIONS
from dynawave.evaluation.curves import draw, kept_table, markdown, measures_table, write_report
from dynawave.evaluation.robustness import MEASURES, Condition, Robustness, measure_robustness
from dynawave.records import ModelInfo, WeldImage

MODEL = ModelInfo("toy", "1", "abc")
BOX = (40.0, 30.0, 20.0, 16.0)


@pytest.fixture
def films(tmp_path: Path) -> CocoDataset:
    """Two films with a flaw at the same place."""
    root = tmp_path / "films"
    root.mkdir()
    rng = np.random.default_rng(0)
    for name in "ab":
        cv2.imwrite(str(root / f"{name}.png"), rng.normal(30000, 500, (80, 120)).astype(np.uint16))
    images = tuple(
        CocoImage(id=k, file_name=f"{name}.png", width=120, height=80, pixel_size_mm=0.05)
        for k, name in enumerate("ab", 1)
    )
    flaws = tuple(CocoAnnotation(id=k, image_id=k, category_id=1, bbox=BOX, area=320) for k in (1, 2))
    dataset = CocoDataset(root, images, (CocoCategory(id=1, name="flaw"),), flaws)
    write_coco(dataset, root)
    return dataset


class Eye:
    """Finds the flaw where it lies on a film of any size, and counts the films; may stop at one of them."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.films = list[WeldImage]()
        self.stop_at = stop_at

    def __call__(self, image: WeldImage) -> Calls:
        if len(self.films) == self.stop_at:
            raise KeyboardInterrupt
        self.films.append(image)
        scale = image.width / 120
        probability = np.zeros((image.height, image.width), np.float32)
        x, y, width, height = (v * scale for v in BOX)
        probability[round(y) : round(y + height), round(x) : round(x + width)] = 1
        return Calls((Call((x, y, width, height), 0.9, "flaw"),), probability)


def chosen(*names: str) -> list:  # type: ignore[type-arg]
    return [CORRUPTIONS[name] for name in names]


def test_a_detector_that_follows_the_scale_keeps_everything(films: CocoDataset, tmp_path: Path) -> None:
    eye, seen = Eye(), list[str]()
    file = tmp_path / "robustness.json"
    report = measure_robustness(eye, films, MODEL, chosen("coarse", "fine"), file, on_film=seen.append)
    assert [c.severity for c in report.conditions] == [0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    assert all(c.measures[m] == pytest.approx(1, abs=0.03) for c in report.conditions for m in MEASURES[:-1])
    assert report.mean_kept["AP50"] == pytest.approx(1) and report.kept["coarse"]["hits at 2"] == 1
    assert {film.width for film in eye.films[:4]} == {120, 96}
    assert eye.films[2].pixel_size_mm == pytest.approx(0.05 * 1.25) and eye.films[2].pixels.dtype == np.uint16
    assert seen[:3] == ["clean", "clean", "coarse 1"] and len(seen) == 22
    assert Robustness.model_validate_json(file.read_bytes()) == report


def test_a_flaw_called_by_the_wrong_kind_is_found(films: CocoDataset, tmp_path: Path) -> None:
    def detect(image: WeldImage) -> Calls:
        found = Eye()(image)
        return Calls((Call(BOX, 0.9, "crack", 0.3),), found.probability, np.full((80, 120), 4, np.uint8))

    kinds = (CocoCategory(id=1, name="gas_pore"), CocoCategory(id=2, name="crack"))
    flaws = tuple(a.model_copy(update={"category_id": a.id}) for a in films.annotations)
    report = measure_robustness(detect, replace(films, categories=kinds, annotations=flaws), MODEL, [], tmp_path / "r")
    assert report.clean.measures["hits at 1"] == 1 and report.clean.measures["AP50"] == pytest.approx(1)


def test_a_killed_evaluation_goes_on_where_it_was(films: CocoDataset, tmp_path: Path) -> None:
    whole = measure_robustness(Eye(), films, MODEL, chosen("noise"), tmp_path / "whole.json")
    file = tmp_path / "robustness.json"
    with pytest.raises(KeyboardInterrupt):
        measure_robustness(Eye(stop_at=7), films, MODEL, chosen("noise"), file)
    assert len(json.loads(file.read_text())["conditions"]) == 3  # the film after three whole conditions is lost
    rest, seen = Eye(), list[str]()
    report = measure_robustness(rest, films, MODEL, chosen("noise"), file, on_film=seen.append)
    assert len(rest.films) == 6 and len(seen) == 12
    assert [c.measures for c in report.conditions] == [c.measures for c in whole.conditions]
    more = Eye()
    measure_robustness(more, films, MODEL, chosen("jpeg", "noise"), file)
    assert len(more.films) == 10


def test_films_look_the_same_after_a_kill(films: CocoDataset, tmp_path: Path) -> None:
    first, second = Eye(), Eye()
    measure_robustness(first, films, MODEL, chosen("noise"), tmp_path / "a.json")
    measure_robustness(second, films, MODEL, chosen("scratches", "noise"), tmp_path / "b.json")
    for one, other in zip(first.films[2:], second.films[-10:], strict=True):
        assert np.array_equal(one.pixels, other.pixels)


def test_a_record_of_something_else_is_not_continued(films: CocoDataset, tmp_path: Path) -> None:
    file = tmp_path / "robustness.json"
    measure_robustness(Eye(), films, MODEL, [], file)
    for other, seed in ((ModelInfo("toy", "1", "xyz"), 0), (MODEL, 1)):
        with pytest.raises(DatasetError, match=r"robustness\.json: is about other weights, films or seed"):
            measure_robustness(Eye(), films, other, [], file, seed=seed)
    file.write_text("{}")
    with pytest.raises(DatasetError, match=r"robustness\.json: is no record of robustness"):
        measure_robustness(Eye(), films, MODEL, [], file)


def made(values: dict[str, float | None]) -> Robustness:
    """A report whose measures fall by a tenth a severity, or stay None; `values` are those of clean films."""

    def condition(name: str, severity: int, level: float | None) -> Condition:
        measures = {m: None if (v := values.get(m)) is None else v * (1 - severity / 10) for m in MEASURES}
        return Condition(corruption=name, severity=severity, level=level, calls=3, measures=measures, seconds=1)

    conditions = [condition("clean", 0, None)]
    conditions += [condition("blur", s, CORRUPTIONS["blur"].level(s)) for s in range(1, 6)]
    conditions += [condition("jpeg", s, CORRUPTIONS["jpeg"].level(s)) for s in range(1, 4)]  # not to the end
    facts = {"model": "toy", "version": "1", "model_sha256": "a" * 64, "data": "films", "data_sha256": "b" * 64}
    return Robustness.model_validate(facts | {"images": 2, "flaws": 2, "seed": 0, "conditions": tuple(conditions)})


def test_the_share_kept_is_the_mean_over_severities_over_clean() -> None:
    report = made({"AP50": 0.8, "AP30": 0.0})
    assert report.kept["blur"]["AP50"] == pytest.approx(0.7) and list(report.kept) == ["blur"]
    assert report.kept["blur"]["AP30"] is None and report.kept["blur"]["pixel AP"] is None
    assert report.mean_kept["AP50"] == pytest.approx(0.7) and report.mean_kept["pixel AP"] is None
    assert report.model_dump()["mean_kept"] == report.mean_kept


def test_the_report_shows_what_was_measured(tmp_path: Path) -> None:
    report = made({"AP50": 0.8, "AP30": 0.9, "pixel AP": 0.5})
    assert kept_table(report).rows == (
        ("blur", "0.700", "0.700", "-", "-", "-", "0.700"),
        ("mean", "0.700", "0.700", "-", "-", "-", "0.700"),
    )
    rows = measures_table(report).rows
    assert len(rows) == 6 and rows[0] == ("clean", "0.800", "0.900", "-", "-", "-", "0.500", "3")
    assert rows[4][0] == "blur 0.51 mm of further unsharpness" and rows[4][1] == "0.480"
    write_report(report, tmp_path)
    assert (tmp_path / "robustness.md").read_text(encoding="utf-8") == markdown(report)
    assert "ASME V T-274.2" in markdown(report) and "scratches" not in markdown(report)
    picture = ElementTree.parse(tmp_path / "robustness.svg").getroot()
    lines = picture.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2  # AP50 and pixel AP; hits were not measured
    heights = [float(point.split(",")[1]) for point in lines[0].attrib["points"].split()]
    assert heights == pytest.approx([150 * (1 - 0.8 * (1 - s / 10)) for s in range(6)], abs=0.06)
    assert "nan" not in draw(report).lower()
