"""Reports of an inspection that is made by hand."""

import json
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from faster_coco_eval import mask as reference

from dynawave.errors import DynaWaveError
from dynawave.records import Indication, Inspection, ModelInfo, WeldImage
from dynawave.reporting import html
from dynawave.reporting.folder import ReportFolder
from dynawave.reporting.json import InspectionFile
from dynawave.reporting.overlay import draw_overlay, length_text
from dynawave.reporting.probability import probability_levels
from dynawave.taxonomy import FlawClass, flaw_class

MODEL = ModelInfo("toy", "0.1", "ab" * 32, "research <only>")
PORE, CRACK = flaw_class("gas_pore"), flaw_class("crack")


def indication(number: int, flaw: FlawClass = PORE, x: int = 20, mm: float | None = 0.1) -> Indication:
    mask = np.ones((6, 9), bool)
    mask[0, 0] = False
    sizes = (9 * mm, 6 * mm, 53 * mm**2, (x * mm, 3.0)) if mm else ()
    return Indication(number, flaw, 1 / number, (x, 30, 10, 7), (1, 2, 3, 4), mask, (x, 31), 9, 6, 53, 4.5, *sizes)


def inspection(
    path: str = "film.png", *indications: Indication, mm: float | None = 0.1, **fields: object
) -> Inspection:
    pixels = np.linspace(0, 65535, 80 * 120).reshape(80, 120).astype(np.uint16)
    image = WeldImage(pixels, Path(path), mm, "user" if mm else "unknown")
    probability = np.zeros((80, 120), np.float32)
    probability[31:37, 20:29] = 0.75
    values = {"image": image, "indications": indications, "model": MODEL, "seconds": 0.5, "warnings": ()}
    return Inspection(**{**values, "probability": probability, **fields})  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> ReportFolder:
    return ReportFolder(tmp_path, MODEL, (CRACK, PORE))


def test_every_file_of_the_contract_is_written(folder: ReportFolder, tmp_path: Path) -> None:
    classes = np.zeros((80, 120), np.uint8)
    folder.add(inspection("a/film.png", indication(1), class_map=classes), "film.png", probability=True)
    folder.close(complete=True)
    assert {p.name for p in tmp_path.iterdir()} == {
        "film.overlay.png", "film.probability.png", "film.classes.png", "inspection.json", "coco.json", "report.html",
    }  # fmt: skip


def test_json_holds_everything_but_the_masks(folder: ReportFolder, tmp_path: Path) -> None:
    scores = {"gas_pore": 0.98765, "crack": 0.5}
    folder.add(inspection("a/film.png", indication(1), indication(2, CRACK, 60), image_scores=scores), "film.png")
    folder.fail(Path("bad.png"), "bad.png: is empty.")
    folder.close(complete=False)
    document = json.loads((tmp_path / "inspection.json").read_text())
    assert (document["schema"], document["complete"]) == ("1.0", False)
    assert document["model"] == {"name": "toy", "version": "0.1", "sha256": "ab" * 32, "terms": "research <only>"}
    assert document["failures"] == [{"file": "bad.png", "reason": "bad.png: is empty."}]
    (image,) = document["images"]
    assert (image["file"], image["width"], image["height"], image["pixel_size_mm"]) == ("a/film.png", 120, 80, 0.1)
    assert image["image_scores"] == {"gas_pore": 0.9877, "crack": 0.5}
    first, second = image["indications"]
    assert first == {
        "id": 1, "flaw": "gas_pore", "iso6520": 2011, "family": "cavity", "score": 1.0, "box": [20, 30, 10, 7],
        "spread": [1, 2, 3, 4], "length_px": 9, "width_px": 6, "area_px": 53, "cnr": 4.5, "length_mm": 0.9,
        "width_mm": 0.6, "area_mm2": 0.53, "depth_mm": None, "position_mm": [2.0, 3.0],
        "class_score": 1.0,
    }  # fmt: skip
    assert second["iso6520"] == 100
    assert InspectionFile.model_validate(document).images[0].id == 1


def test_coco_is_what_coco_tools_read(folder: ReportFolder, tmp_path: Path) -> None:
    folder.add(inspection("a.png", indication(1)), "a.png")
    folder.add(inspection("b.png", indication(1), indication(2, CRACK, 60)), "sub/b.png")
    folder.close(complete=True)
    document = json.loads((tmp_path / "coco.json").read_text())
    assert document["categories"] == [
        {"id": 1, "name": "crack", "iso6520": 100},
        {"id": 2, "name": "gas_pore", "iso6520": 2011},
    ]
    assert [i["file_name"] for i in document["images"]] == ["a.png", "sub/b.png"]
    annotations = document["annotations"]
    assert [(a["id"], a["image_id"], a["category_id"], a["score"]) for a in annotations] == [
        (1, 1, 2, 1.0), (2, 2, 2, 1.0), (3, 2, 1, 0.5),
    ]  # fmt: skip
    assert annotations[2]["bbox"] == [60, 30, 10, 7]
    decoded = reference.decode(annotations[2]["segmentation"])
    expected = np.zeros((80, 120), np.uint8)
    expected[31:37, 60:69] = 1
    expected[31, 60] = 0
    assert np.array_equal(decoded, expected)
    assert annotations[2]["area"] == 53


def test_probability_and_classes_are_of_full_size(folder: ReportFolder, tmp_path: Path) -> None:
    classes = np.arange(9600, dtype=np.uint8).reshape(80, 120)
    folder.add(inspection(class_map=classes), "film.png", probability=True)
    probability = cv2.imread(str(tmp_path / "film.probability.png"), cv2.IMREAD_UNCHANGED)
    assert (probability.dtype, probability.shape) == (np.uint16, (80, 120))
    assert probability[33, 25] == 49151 and probability[0, 0] == 0
    assert np.array_equal(cv2.imread(str(tmp_path / "film.classes.png"), cv2.IMREAD_UNCHANGED), classes)


def test_a_certain_flaw_is_65535() -> None:
    assert probability_levels(np.array([[0, 1, 1.2]], np.float32)).tolist() == [[0, 65535, 65535]]


def test_equal_names_get_their_own_files(folder: ReportFolder, tmp_path: Path) -> None:
    for name in ("x.png", "b/X.png", "x.tif", "x-2.png"):
        folder.add(inspection(name), name)
    overlays = [record.overlay for record in folder.images]
    assert overlays == ["x.overlay.png", "X-2.overlay.png", "x-3.overlay.png", "x-2-2.overlay.png"]
    assert {p.name for p in tmp_path.iterdir()} == set(overlays)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DynaWaveError, match="file"):
        ReportFolder(tmp_path / "file", MODEL, (PORE,)).add(inspection(), "film.png")


def test_overlay_shows_the_flaw_in_its_colour_and_leaves_the_rest() -> None:
    plain, drawn = draw_overlay(inspection()), draw_overlay(inspection("film.png", indication(1)))
    assert drawn.shape == plain.shape and drawn.dtype == np.uint8
    scale = drawn.shape[1] / 120
    changed = (plain != drawn).any(2)
    ys, xs = np.nonzero(changed)
    assert xs.min() >= 19 * scale and ys.max() <= 38 * scale
    assert (drawn[changed] == PORE.colour).all(1).any()
    assert not changed[: int(20 * scale)].any()


@pytest.mark.parametrize(("size", "expected"), [((1200, 5000), (720, 3000)), ((900, 1400), (900, 1400))])
def test_wide_films_are_scaled_down(size: tuple[int, int], expected: tuple[int, int]) -> None:
    image = WeldImage(np.random.default_rng(0).integers(0, 255, size, np.uint8))
    assert draw_overlay(inspection(image=image)).shape == (*expected, 3)


def test_labels_do_not_cover_each_other() -> None:
    one = draw_overlay(inspection("f.png", indication(1)))
    many = draw_overlay(inspection("f.png", *(indication(i, x=20 + i) for i in range(1, 4))))
    filled = [(picture == PORE.colour).all(2).sum() for picture in (one, many)]
    assert filled[1] > 1.1 * filled[0]  # two numbers more


def test_lengths_carry_their_unit() -> None:
    assert length_text(12.4, None) == "12 px"
    assert length_text(12.4, 0.623) == "0.62 mm"
    assert length_text(800, 40.0) == "40.0 mm"


class Page(HTMLParser):
    """Tags, sources of pictures and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.sources += [values["src"] or ""] if "src" in values else []
        self.links += [values["href"] or ""] if "href" in values else []

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page_names_number_size_score_and_spread(folder: ReportFolder, tmp_path: Path) -> None:
    folder.add(inspection("film.png", indication(1)), "film.png")
    folder.add(inspection("px.png", indication(1, CRACK, mm=None), mm=None, warnings=("Unknown <size>.",)), "px.png")
    folder.fail(Path("bad.png"), "bad.png: is empty.")
    folder.close(complete=True)
    page = Page((tmp_path / "report.html").read_text())
    for text in (
        "gas pore",
        "2011",
        "0.90",
        "1.0, 2.0, 3.0, 4.0",
        "9 px",
        "Unknown <size>.",
        "bad.png: is empty.",
    ):
        assert text in page.text, text
    assert all(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    assert page.links == ["film.overlay.png", "px.overlay.png"]


def test_file_names_cannot_write_into_the_page(folder: ReportFolder, tmp_path: Path) -> None:
    name = '<img src=x onerror="alert(1)">&.png'
    folder.add(inspection(name), name)
    folder.fail(Path("<script>1</script>.png"), "<script>1</script>.png: is empty.")
    folder.close(complete=True)
    page = Page((tmp_path / "report.html").read_text())
    assert name in page.text
    assert "script" not in page.tags and page.tags.count("img") == 1


def test_a_large_batch_links_its_pictures(
    folder: ReportFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "EMBEDDED", 0)
    folder.add(inspection("a film#1.png"), "a film#1.png")
    folder.close(complete=True)
    assert Page((tmp_path / "report.html").read_text()).sources == ["a%20film%231.overlay.png"]
