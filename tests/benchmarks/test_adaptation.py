from pathlib import Path

import cv2
import pytest

from benchmarks import adaptation
from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage, load_coco, write_coco
from toy import film, spot


@pytest.fixture
def films(tmp_path: Path) -> CocoDataset:
    """Two films with a pore each."""
    root = tmp_path / "films"
    (root / "images").mkdir(parents=True)
    for name in "AB":
        pixels = film(256, 320, seed=ord(name))
        spot(pixels, 100, 100)
        cv2.imwrite(str(root / "images" / f"{name}.png"), pixels)
    images = tuple(
        CocoImage(id=i, file_name=f"images/{name}.png", width=320, height=256, film=name)
        for i, name in enumerate("AB", start=1)
    )
    flaws = tuple(CocoAnnotation(id=i, image_id=i, category_id=1, bbox=(93, 93, 14, 14), area=196) for i in (1, 2))
    write_coco(CocoDataset(root, images, (CocoCategory(id=1, name="gas_pore", iso6520=2011),), flaws), root)
    return load_coco(root)


def test_commands_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control is the same without unlabelled films; what is exported is not made again."""
    called: list[list[str]] = []
    monkeypatch.setattr("subprocess.run", lambda command, check: called.append(command[3:]))
    given = ["--data", "a", "b", "--films", "gdx", "--init", "w", "--images", "40", "--out", str(tmp_path)]
    parsed = adaptation.parser().parse_args(given)
    for name in ("control", "adapted"):
        adaptation.perform(parsed, name, 2)
    control, _, adapted, export = called
    assert control[:6] == ["train", "experiments/adapt.yaml", "--data", "a", "--data", "b"]
    assert "--unlabelled" not in control and adapted[6:8] == ["--unlabelled", "gdx/W0003"]
    assert adapted[8:-1] == [*control[6:-1]] and control[-1] == str(tmp_path / "control" / "seed-2")
    assert export[:2] == ["export", str(tmp_path / "adapted" / "seed-2" / "weights.safetensors")]
    (tmp_path / "adapted" / "seed-2").mkdir(parents=True)
    (tmp_path / "adapted" / "seed-2" / "model.onnx").touch()
    adaptation.perform(parsed, "adapted", 2)
    assert len(called) == 4


def test_the_report(films: CocoDataset, toy_weights: Path, tmp_path: Path) -> None:
    """The same weights in every row: no difference, and as good on each film as on both."""
    results = {
        name: {seed: adaptation.measure(toy_weights, films, name, tmp_path / f"{name}{seed}") for seed in (0, 1)}
        for name in ("before", "control", "adapted")
    }
    measured = results["control"][0]
    assert set(measured.by_film) == {"A", "B"} and (tmp_path / "control0" / "metrics.json").is_file()
    ap = measured.whole.evaluation.ap30
    assert ap is not None
    text = adaptation.report(results)
    assert f"| adapted to other films | {measured.whole.evaluation.ap50:.3f} ± 0.000 | {ap:.3f} ± 0.000 |" in text
    assert "| adapted to other films, less the control | +0.000 ± 0.000 |" in text
    assert f"| A | {measured.by_film['A']['ap30']:.3f} |" in text and "AP30, film by film" in text
    assert "adapted to other films less control: more simulated tiles" in text
