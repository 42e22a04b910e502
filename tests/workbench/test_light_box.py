"""Films, tiles and what is measured on them, against the pixels themselves."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from toy import film
from workbench_client import Bench, film_bytes


def png(pixels: NDArray[np.generic]) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def decoded(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


@pytest.fixture
def pixels() -> NDArray[np.uint16]:
    values = film(1100, 1500)
    values[3, 5], values[4, 6] = 12345, 65535
    return values


def test_film_says_what_the_file_holds(bench: Bench, pixels: NDArray[np.uint16]) -> None:
    shown = bench.upload(png(pixels), "../../etc/läng weld.png")
    assert shown["name"] == "läng weld.png"
    assert (shown["width"], shown["height"], shown["bits"]) == (1500, 1100, 16)
    assert shown["limits"] == [int(pixels.min()), 65535]
    assert shown["levels"] == 3 and shown["tile"] == 512
    assert shown["pixel_size_mm"] is None and shown["pixel_size_source"] == "unknown"


def test_same_film_twice_is_one(bench: Bench) -> None:
    first = bench.upload()
    again = bench.ok("POST", f"/api/v1/projects/{bench.project}/films", 200, files={"file": ("b.png", film_bytes())})
    assert again["id"] == first["id"]
    assert bench.ok("GET", f"/api/v1/projects/{bench.project}/films")["items"] == [first]


def test_example_film_comes_with_the_program_and_lies_in_a_project_once(bench: Bench) -> None:
    url = f"/api/v1/projects/{bench.project}/example"
    first = bench.ok("POST", url, 201)
    assert first["name"] == "pores-and-cracks.png" and first["pixel_size_mm"] == pytest.approx(0.0403, abs=1e-4)
    bundled = Path(__file__).parents[2] / "examples" / first["name"]
    again = bench.ok("POST", f"/api/v1/projects/{bench.project}/films", 200, files={"file": bundled.read_bytes()})
    assert again["id"] == first["id"] == bench.ok("POST", url, 200)["id"]
    assert bench.ok("GET", f"/api/v1/projects/{bench.project}/films")["items"] == [first]
    bench.refused(404, "POST", f"/api/v1/projects/{'0' * 32}/example")


def test_tile_windows_the_original_depth(bench: Bench, pixels: NDArray[np.uint16]) -> None:
    shown = bench.upload(png(pixels))
    low, high = 29900, 30100  # 200 of 65536 grey values over 255 steps: an 8-bit copy could show none of it
    tile = decoded(bench.ok("GET", f"/api/v1/films/{shown['id']}/tiles/2/1_0.png?low={low}&high={high}").content)
    wanted = np.rint((pixels[:512, 512:1024].astype(np.float64) - low) * 255 / (high - low)).clip(0, 255)
    assert np.abs(tile - wanted).max() <= 1
    assert len(np.unique(tile)) > 100
    inverted = decoded(
        bench.ok("GET", f"/api/v1/films/{shown['id']}/tiles/2/1_0.png?low={low}&high={high}&invert=1").content
    )
    assert np.abs(inverted.astype(int) - (255 - wanted)).max() <= 1


def test_tiles_of_a_level_make_up_the_film(bench: Bench, pixels: NDArray[np.uint16]) -> None:
    shown = bench.upload(png(pixels))
    url = f"/api/v1/films/{shown['id']}/tiles"
    rows = [
        np.hstack([decoded(bench.ok("GET", f"{url}/1/{c}_{r}.png?low=0&high=65535").content) for c in range(2)])
        for r in range(2)
    ]
    level = np.vstack(rows)
    wanted = cv2.resize(pixels, (750, 550), interpolation=cv2.INTER_AREA) * (255 / 65535)
    assert level.shape == (550, 750)
    assert np.abs(level - wanted).max() <= 1.01
    assert decoded(bench.ok("GET", f"{url}/0/0_0.png").content).shape == (275, 375)
    for path in ("1/2_0.png", "1/0_2.png", "3/0_0.png"):
        bench.refused(404, "GET", f"{url}/{path}")


@pytest.mark.parametrize("mode", ["clahe", "detail"])
def test_enhanced_tiles_show_no_seams(bench: Bench, pixels: NDArray[np.uint16], mode: str) -> None:
    shown = bench.upload(png(pixels))
    url = f"/api/v1/films/{shown['id']}/tiles/2"
    tiles = [decoded(bench.ok("GET", f"{url}/{c}_0.png?{mode}=1").content).astype(float) for c in range(2)]
    plain = decoded(bench.ok("GET", f"{url}/0_0.png").content)
    assert np.abs(tiles[0] - plain).mean() > 1
    joined = np.hstack(tiles)
    steps = np.abs(np.diff(joined, axis=1)).mean(0)
    assert steps[511] < 1.5 * np.median(steps)


def test_profile_reads_grey_values_and_mm(bench: Bench, pixels: NDArray[np.uint16]) -> None:
    shown = bench.upload(png(pixels), pixel_size=0.05)
    url = f"/api/v1/films/{shown['id']}/profile"
    along = bench.ok("GET", f"{url}?x0=10.5&y0=20.5&x1=110.5&y1=20.5")
    assert along["values"] == pixels[20, 10:111].tolist()
    assert along["positions_mm"][-1] == pytest.approx(5.0)
    wide = bench.ok("GET", f"{url}?x0=10.5&y0=20.5&x1=110.5&y1=20.5&width=5")
    np.testing.assert_allclose(wide["values"], pixels[18:23, 10:111].mean(0), atol=0.01)
    slope = bench.ok("GET", f"{url}?x0=0.5&y0=0.5&x1=30.5&y1=40.5")
    assert slope["positions_px"][-1] == pytest.approx(50)
    assert slope["values"][-1] == pixels[40, 30]


def test_histogram_counts_every_pixel(bench: Bench) -> None:
    pixels = film(200, 300)
    shown = bench.upload(png(pixels))
    found = bench.ok("GET", f"/api/v1/films/{shown['id']}/histogram")
    counts, _ = np.histogram(pixels, 256, (pixels.min(), pixels.max()))
    assert found["counts"] == counts.tolist()


def test_thumbnail_shows_the_whole_film(bench: Bench, pixels: NDArray[np.uint16]) -> None:
    shown = bench.upload(png(pixels))
    picture = decoded(bench.ok("GET", f"/api/v1/films/{shown['id']}/thumbnail.jpeg").content)
    assert picture.shape[:2] == (188, 256)
    assert picture[94].mean() > picture[10].mean() + 30  # the bead is bright


def test_scale_follows_a_person_and_can_be_undone(bench: Bench) -> None:
    shown = bench.inspected()
    url = f"/api/v1/films/{shown['id']}"
    assert bench.indications(shown["id"])[0]["length_mm"] is None
    scaled = bench.ok("PUT", f"{url}/scale", json={"pixel_size_mm": 0.1, "why": "step wedge"})
    assert (scaled["pixel_size_mm"], scaled["pixel_size_source"], scaled["revision"]) == (0.1, "user", 2)
    first = bench.indications(shown["id"])[0]
    assert first["length_mm"] == pytest.approx(first["length_px"] * 0.1, abs=1e-3)
    undone = bench.ok("POST", f"{url}/undo")
    assert (undone["pixel_size_mm"], undone["pixel_size_source"], undone["revision"]) == (None, "unknown", 3)
    kinds = [event["kind"] for event in bench.ok("GET", f"{url}/history")["items"]]
    assert kinds[-2:] == ["scaled", "undone"]


def test_deleted_film_is_gone(bench: Bench) -> None:
    shown = bench.upload()
    bench.ok("DELETE", f"/api/v1/films/{shown['id']}", 204)
    bench.refused(404, "GET", f"/api/v1/films/{shown['id']}/tiles/0/0_0.png")
    assert bench.upload()["id"] != shown["id"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"MZ" + bytes(500), "neither PNG, JPEG, TIFF nor DICOM"),
        (film_bytes()[:-40], "film.png: is "),
        (png(np.full((50, 50), 7, np.uint8)), "one grey value only"),
    ],
)
def test_what_is_no_film_is_refused_and_not_kept(bench: Bench, data: bytes, reason: str) -> None:
    """Among what is kept by content is the model that inspects."""
    folder = bench.client.app.state.bench.settings.data  # type: ignore[attr-defined]
    before = {path for path in (folder / "blobs").rglob("*") if path.is_file()}
    files = {"file": ("film.png", io.BytesIO(data))}
    assert reason in bench.refused(422, "POST", f"/api/v1/projects/{bench.project}/films", files=files)
    assert {path for path in (folder / "blobs").rglob("*") if path.is_file()} == before
