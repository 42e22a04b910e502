"""Line integration, the watched folder, and corrections as training data."""

import http.client
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dynawave.acceptance import WeldData
from dynawave.datasets.coco import load_coco
from dynawave.rle import decode
from dynawave.workbench import watching
from dynawave.workbench.shapes import drawn, mask_of
from workbench_client import SPOTS, Bench, film_bytes


def test_posted_image_is_inspected_and_judged(bench: Bench) -> None:
    form = {"pixel_size": "0.1", "table": "iso5817:2023", "level": "C", "joint": "butt", "thickness_mm": "10"}
    files = {"file": ("f.png", film_bytes())}
    posted = bench.client.post("/api/v1/inspections", files=files, data=form)
    assert posted.status_code == 202
    where = posted.headers["Location"]
    bench.finish(where.rsplit("/", 1)[1])
    answer = bench.ok("GET", where)
    assert answer["status"] == "done" and len(answer["indications"]) == len(SPOTS)
    assert answer["indications"][0]["length_mm"] > 0
    assert answer["verdict"]["table"]["id"] == "iso5817:2023" and answer["model"]["name"] == "toy"
    again = bench.client.post("/api/v1/inspections", files=files)
    assert again.status_code == 202 and again.headers["Location"] != where


PARTIAL = {"table": "iso5817:2023", "level": "B", "joint": "partial_butt", "thickness_mm": "10", "throat_mm": "6"}


def test_all_of_the_weld_can_be_posted(bench: Bench) -> None:
    more = {"layers": "multi", "weld_width_mm": "12", "weld_length_mm": "500", "along": "y"}
    files = {"file": ("f.png", film_bytes())}
    posted = bench.client.post("/api/v1/inspections", files=files, data={"pixel_size": "0.1", **PARTIAL, **more})
    assert posted.status_code == 202, posted.text
    bench.finish(posted.json()["id"])
    verdict = bench.ok("GET", posted.headers["Location"])["verdict"]
    stated = {key: float(value) if key.endswith("_mm") else value for key, value in (PARTIAL | more).items()}
    assert verdict["missing"] == [] and verdict["weld"] == {k: v for k, v in stated.items() if k != "table"}
    assert verdict["images"][0]["along"] == "y"
    limits = [check["limit"] for each in verdict["images"][0]["indications"] for check in each["checks"]]
    assert limits == [1.2, 1.2, 1.2]  # 0.2 of the throat, not of the thickness
    form = bench.ok("GET", "/openapi.json")["components"]["schemas"]["Posting"]["properties"]
    assert WeldData.model_fields.keys() <= form.keys()
    assert all(form[name].get("description") for name in form if name != "file")


def test_what_does_not_go_with_the_table_is_refused_before_the_film_is_kept(bench: Bench) -> None:
    files = {"file": ("f.png", film_bytes())}
    told = bench.refused(422, "POST", "/api/v1/inspections", files=files, data={**PARTIAL, "throat": "5"})
    assert told == "throat: is no field of this request."
    told = bench.refused(422, "POST", "/api/v1/inspections", files=files, data={**PARTIAL, "throat_mm": "11"})
    assert "more than the thickness" in told
    bench.refused(422, "POST", "/api/v1/inspections", files=files, data={**PARTIAL, "level": "Z"})
    bench.refused(422, "POST", "/api/v1/inspections", data={**PARTIAL, "file": "no upload"})
    assert [each["films"] for each in bench.ok("GET", "/api/v1/projects")["items"]] == [0]


def test_what_the_line_posts_wrongly_is_refused(bench: Bench) -> None:
    bench.refused(422, "POST", "/api/v1/inspections", files={"file": ("f.png", b"no film")})
    files = {"file": ("f.png", film_bytes())}
    for form in ({"pixel_size": "-1"}, {"pixel_size": "nan"}, {"weights": "/etc/passwd"}, {"joint": "glued"}):
        bench.refused(422, "POST", "/api/v1/inspections", files=files, data=form)
    bench.refused(404, "POST", "/api/v1/inspections", files=files, data={"table": "nothing"})
    bench.refused(422, "POST", "/api/v1/inspections")
    bench.refused(404, "GET", f"/api/v1/inspections/{'0' * 32}")


def test_watched_folder_gets_an_answer_a_film(served: Any, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    (folder / "shift 1").mkdir(parents=True)
    (folder / "a.png").write_bytes(film_bytes())
    (folder / "shift 1" / 'b "1".png').write_bytes(film_bytes(1, SPOTS[:1]))
    (folder / "broken.png").write_bytes(b"no film")
    told: list[str] = []
    server = watching.Server(served, None, {"pixel_size": "0.1"})
    for _ in range(2):  # the second time nothing is left to do
        watching.watch(folder, out, server, lambda film, _: told.append(film.name), once=True, rest_s=0.1)
    assert sorted(told) == ["a.png", 'b "1".png', "broken.png"]
    answers = {path.name: json.loads(path.read_text()) for path in out.iterdir()}
    assert len(answers["a.png.json"]["indications"]) == 3
    assert len(answers['shift 1.b "1".png.json']["indications"]) == 1
    assert "neither PNG" in answers["broken.png.json"]["detail"]


def test_corrections_are_a_set_that_training_reads(bench: Bench, tmp_path: Path) -> None:
    film = bench.inspected(pixel_size=0.1)
    untouched = bench.inspected(data=film_bytes(5))
    bench.refused(409, "GET", f"/api/v1/projects/{bench.project}/export.zip")
    first, second, third = bench.indications(film["id"])
    url = f"/api/v1/films/{film['id']}"
    patches = {first["id"]: {"state": "accepted", "class": "crack"}, second["id"]: {"state": "rejected"}}
    patches[third["id"]] = {"state": "accepted", "polygon": [[10, 10], [60, 10], [60, 20]], "why": "was too small"}
    for key, patch in patches.items():
        bench.ok("PATCH", f"{url}/indications/{key}", json={**patch, "revision": film["revision"]})
    data = bench.ok("GET", f"/api/v1/projects/{bench.project}/export.zip").content
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path)
    dataset = load_coco(tmp_path)
    assert len(dataset.images) == 1 and dataset.images[0].film
    assert np.array_equal(dataset.picture(dataset.images[0]).pixels.shape, (300, 900))
    names = {category.id: category.name for category in dataset.categories}
    found = dataset.annotations_of(dataset.images[0])
    assert [names[each.category_id] for each in found] == ["crack", "gas_pore"]
    mask = decode(json.loads((tmp_path / "coco.json").read_text())["annotations"][1]["segmentation"])
    assert mask.shape == (300, 900) and mask.sum() == pytest.approx(250, rel=0.15) and mask[11:13, 40:55].all()
    provenance = json.loads((tmp_path / "provenance.json").read_text())["films"]
    assert [each["film"] for each in provenance] == [film["id"]]
    assert provenance[0]["model"]["name"] == "toy"
    assert {each["kind"] for each in provenance[0]["decisions"]} == {"accepted", "rejected", "reclassified", "redrawn"}
    assert untouched["id"] not in (tmp_path / "provenance.json").read_text()


def test_worth_labelling_are_unsure_films_unlike_those_known(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bright = [bench.inspected(data=film_bytes(seed)) for seed in (1, 2)]
    empty = bench.inspected(data=film_bytes(3, spots=[]))
    chosen = bench.ok("GET", f"/api/v1/projects/{bench.project}/worth-labelling?count=3")["items"]
    assert {each["film"]["id"] for each in chosen[:2]} == {each["id"] for each in bright}
    assert chosen[2]["film"]["id"] == empty["id"] and chosen[2]["uncertainty"] == 0
    assert chosen[0]["novelty"] == 1 and chosen[1]["novelty"] < 0.5


def test_drawn_polygon_covers_its_pixels() -> None:
    place = drawn(None, [(10, 20), (30, 20), (30, 60), (10, 60)], 100, 100)
    mask, offset = mask_of(place)
    assert offset == (10, 20) and mask.shape == (40, 20) and mask.all()
    assert (place["length_px"], place["width_px"]) == (40, 20)
    assert drawn(None, [(10, 10), (60, 10), (60, 20)], 100, 100)["area_px"] == pytest.approx(250, rel=0.03)
    assert drawn(None, [(5, 5), (50, 5.2), (50, 5.3)], 100, 100)["area_px"] == 45  # thinner than any pixel
    assert drawn(None, [(5.5, 5), (5.5001, 50), (5.5, 50)], 100, 100)["box"] == [5, 5, 1, 45]
    assert drawn((20, 99.999, 10, 50), None, 100, 100)["box"] == [20, 99, 10, 1]


def test_news_reach_who_listens(served: Any) -> None:
    connection = http.client.HTTPConnection(served.removeprefix("http://"), timeout=60)
    connection.request("GET", "/api/v1/projects")
    project = json.loads(connection.getresponse().read())["items"][0]["id"]
    listener = http.client.HTTPConnection(served.removeprefix("http://"), timeout=60)
    listener.request("GET", f"/api/v1/projects/{project}/events")
    stream = listener.getresponse()
    assert stream.headers["content-type"].startswith("text/event-stream")
    while project not in served.live._listeners:
        time.sleep(0.01)
    boundary = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.png"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    body = boundary + film_bytes() + b"\r\n--x--\r\n"
    connection.request("POST", f"/api/v1/projects/{project}/films", body, headers)
    film = json.loads(connection.getresponse().read())
    lines = [stream.readline().decode().strip() for _ in range(2)]
    assert lines[0] == "event: film" and json.loads(lines[1].removeprefix("data: "))["id"] == film["id"]
    listener.close()
