"""Acceptance tables, verdicts, signatures and reports of a film."""

import csv
import json
from importlib.util import find_spec
from typing import Any

import pytest

from dynawave.acceptance import table_file
from workbench_client import Bench

WELD = {"table": "iso5817:2023", "level": "B", "joint": "butt", "thickness_mm": 12}


def word(revision: int, meaning: str = "inspected") -> dict[str, Any]:
    """A signature of one person of a computer without accounts."""
    return {"name": "Eva Beispiel", "meaning": meaning, "revision": revision}


@pytest.fixture
def shown(bench: Bench) -> dict[str, Any]:
    return bench.inspected(pixel_size=0.1)


def test_verdict_asks_for_what_is_missing(bench: Bench, shown: dict[str, Any]) -> None:
    url = f"/api/v1/films/{shown['id']}"
    assert bench.ok("GET", f"{url}/verdict")["missing"] == ["table"]
    bench.ok("PUT", f"{url}/weld", json={"table": "iso5817:2023"})
    assert set(bench.ok("GET", f"{url}/verdict")["missing"]) == {"level", "joint", "thickness_mm"}
    bench.ok("PUT", f"{url}/weld", json={**WELD, "level": "Z"})
    assert "no level" in bench.refused(422, "GET", f"{url}/verdict")
    bench.ok("PUT", f"{url}/weld", json={**WELD, "table": "nothing"})
    bench.refused(404, "GET", f"{url}/verdict")


def test_verdict_is_on_what_is_not_rejected(bench: Bench, shown: dict[str, Any]) -> None:
    url = f"/api/v1/films/{shown['id']}"
    bench.ok("PUT", f"{url}/weld", json=WELD)
    first, second, third = bench.indications(shown["id"])
    bench.ok("PATCH", f"{url}/indications/{first['id']}", json={"class": "crack", "revision": 2})
    bench.ok("PATCH", f"{url}/indications/{second['id']}", json={"state": "rejected", "revision": 3})
    verdict = bench.ok("GET", f"{url}/verdict")
    assert verdict["missing"] == [] and verdict["table"]["id"] == "iso5817:2023"
    judged = {each["indication"]: each for each in verdict["images"][0]["indications"]}
    assert judged.keys() == {first["number"], third["number"]}
    assert judged[first["number"]]["outcome"] in ("not acceptable", "no verdict")
    named = bench.ok("POST", "/api/v1/tables/iso5817:2023/authorise", json={"name": "Eva Beispiel"})
    assert named["authorised"]["who"] == "Eva Beispiel"
    verdict = bench.ok("GET", f"{url}/verdict")
    assert verdict["authorisation"]["who"] == "Eva Beispiel"
    assert verdict["outcome"] == "not acceptable"  # a crack is never accepted


def test_a_stated_depth_is_judged_and_reported(bench: Bench, shown: dict[str, Any]) -> None:
    url = f"/api/v1/films/{shown['id']}"
    bench.ok("PUT", f"{url}/weld", json=WELD)
    for each in bench.indications(shown["id"]):
        bench.ok("PATCH", f"{url}/indications/{each['id']}", json={"state": "rejected", "revision": 2})
    drawn = bench.ok("POST", f"{url}/indications", json={"class": "undercut", "box": [50, 20, 90, 5]})

    def judged() -> tuple[str, str]:
        verdict = bench.ok("GET", f"{url}/verdict")["images"][0]["indications"][0]
        return verdict["outcome"], verdict["reason"]

    assert judged() == ("no verdict", "not measured")
    for depth, told in ((0.51, ("not acceptable", "beyond")), (0.5, ("acceptable", "within"))):
        revision = bench.ok("GET", url)["revision"]
        bench.ok("PATCH", f"{url}/indications/{drawn['id']}", json={"depth_mm": depth, "revision": revision})
        assert judged() == told
    assert bench.ok("GET", f"{url}/verdict")["outcome"] == "acceptable"
    (line,) = csv.DictReader(bench.ok("GET", f"{url}/report.csv").text.splitlines())
    assert (line["depth_mm"], line["measure"], line["value"]) == ("0.5", "depth", "0.5")
    assert bench.ok("GET", f"{url}/report.coco.json")["annotations"][0]["depth_mm"] == 0.5
    assert bench.ok("GET", f"{url}/report.json")["indications"][-1]["depth_mm"] == 0.5
    if find_spec("typst"):
        assert "depth 0.50 mm" in bench.ok("GET", f"{url}/report.html?language=en").text


def test_own_table_is_checked_kept_and_used(bench: Bench, shown: dict[str, Any]) -> None:
    own = json.loads(table_file("iso5817:2023"))
    bench.refused(409, "POST", "/api/v1/tables", json=own)
    bench.refused(422, "POST", "/api/v1/tables", json={"id": "works"})
    own["id"] = "works:1"
    added = bench.ok("POST", "/api/v1/tables", 201, json=own)
    assert added["shipped"] is False and added["authorised"] is None
    assert "works:1" in [table["id"] for table in bench.ok("GET", "/api/v1/tables")]
    bench.ok("PUT", f"/api/v1/films/{shown['id']}/weld", json={**WELD, "table": "works:1"})
    assert bench.ok("GET", f"/api/v1/films/{shown['id']}/verdict")["table"]["sha256"] == added["sha256"]


def test_own_table_may_be_yaml(bench: Bench, shown: dict[str, Any]) -> None:
    yaml = pytest.importorskip("yaml")
    own = json.loads(table_file("iso5817:2023")) | {"id": "works:2"}
    headers = {"Content-Type": "application/yaml; charset=utf-8"}
    added = bench.ok("POST", "/api/v1/tables", 201, content=yaml.safe_dump(own, allow_unicode=True), headers=headers)
    assert added["id"] == "works:2" and added["levels"] == ["B", "C", "D"]
    bench.ok("PUT", f"/api/v1/films/{shown['id']}/weld", json={**WELD, "table": "works:2"})
    bench.ok("POST", "/api/v1/tables/works:2/authorise", json={"name": "Eva Beispiel"})
    own_says = bench.ok("GET", f"/api/v1/films/{shown['id']}/verdict")
    bench.ok("PUT", f"/api/v1/films/{shown['id']}/weld", json=WELD)
    bench.ok("POST", "/api/v1/tables/iso5817:2023/authorise", json={"name": "Eva Beispiel"})
    assert own_says["images"] == bench.ok("GET", f"/api/v1/films/{shown['id']}/verdict")["images"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("id: &a [x]\nnotes: *a", 422),  # aliases, by which a short file grows without end
        ("!!python/object/apply:os.getcwd []", 422),
        ("id: a\nid: b", 422),
        ("[" * 5000, 422),
        ("id: " + "x" * 1_000_001, 413),
    ],
)
def test_yaml_that_could_surprise_is_refused(bench: Bench, text: str, status: int) -> None:
    pytest.importorskip("yaml")
    for kind in ("application/yaml", "application/json"):
        bench.refused(status, "POST", "/api/v1/tables", content=text, headers={"Content-Type": kind})


def test_signature_is_for_one_revision(bench: Bench, shown: dict[str, Any]) -> None:
    url = f"/api/v1/films/{shown['id']}"
    signed = bench.ok("POST", f"{url}/signatures", 201, json=word(shown["revision"]))
    assert signed["valid"] and signed["revision"] == shown["revision"]
    store = bench.client.app.state.bench.store  # type: ignore[attr-defined]
    kept = json.loads(store.blobs.path(signed["sha256"]).read_bytes())
    assert kept["indications"] == bench.indications(shown["id"])
    key = bench.indications(shown["id"])[0]["id"]
    bench.ok("PATCH", f"{url}/indications/{key}", json={"state": "rejected", "revision": shown["revision"]})
    assert [each["valid"] for each in bench.ok("GET", url)["signatures"]] == [False]
    bench.ok("POST", f"{url}/signatures", 201, json=word(shown["revision"] + 1, "approved"))
    assert [each["valid"] for each in bench.ok("GET", url)["signatures"]] == [False, True]
    assert "signed" in bench.refused(409, "DELETE", url)


def test_what_nobody_has_looked_at_cannot_be_signed(bench: Bench) -> None:
    url = f"/api/v1/films/{bench.upload()['id']}/signatures"
    bench.refused(409, "POST", url, json=word(0))
    bench.refused(422, "POST", url, json={**word(0), "name": " "})


def test_what_was_changed_since_it_was_seen_cannot_be_signed(bench: Bench, shown: dict[str, Any]) -> None:
    url = f"/api/v1/films/{shown['id']}"
    key = bench.indications(shown["id"])[0]["id"]
    bench.ok("PATCH", f"{url}/indications/{key}", json={"state": "rejected", "revision": shown["revision"]})
    for revision in (shown["revision"], shown["revision"] + 2):
        assert "look at it again" in bench.refused(409, "POST", f"{url}/signatures", json=word(revision))
    bench.refused(422, "POST", f"{url}/signatures", json={"name": "Eva Beispiel", "meaning": "inspected"})
    assert bench.ok("GET", url)["signatures"] == []
    bench.ok("POST", f"{url}/signatures", 201, json=word(shown["revision"] + 1))


def test_without_accounts_a_name_is_typed(bench: Bench, shown: dict[str, Any]) -> None:
    url = f"/api/v1/films/{shown['id']}/signatures"
    assert "Type the name" in bench.refused(422, "POST", url, json={**word(shown["revision"]), "name": None})
    signed = bench.ok("POST", url, 201, json={**word(shown["revision"]), "name": " Eva Beispiel "})
    assert (signed["name"], signed["account"]) == ("Eva Beispiel", None)


def test_reports_hold_the_decisions(bench: Bench, shown: dict[str, Any]) -> None:
    url = f"/api/v1/films/{shown['id']}"
    first, second, _ = bench.indications(shown["id"])
    for each, state in ((first, "accepted"), (second, "rejected")):
        bench.ok("PATCH", f"{url}/indications/{each['id']}", json={"state": state, "revision": shown["revision"]})
    coco = bench.ok("GET", f"{url}/report.coco.json")
    assert [each["indication"] for each in coco["annotations"]] == [first["number"]]
    assert coco["annotations"][0]["area"] == first["area_px"]
    lines = bench.ok("GET", f"{url}/report.csv").text.splitlines()
    assert len(lines) == 3 and lines[0].startswith("file,page,indication")
    whole = bench.ok("GET", f"{url}/report.json")
    assert [each["state"] for each in whole["indications"]] == ["accepted", "rejected", "open"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_report_to_hand_over(bench: Bench, shown: dict[str, Any], language: str) -> None:
    pytest.importorskip("typst")
    url = f"/api/v1/films/{shown['id']}"
    bench.ok("PUT", f"{url}/weld", json=WELD)
    header = {"client": "Muster <b>GmbH</b>", "company": {"name": "Werk"}}
    assert bench.ok("PUT", f"/api/v1/projects/{bench.project}/header", json=header) == header
    bench.refused(422, "PUT", f"/api/v1/projects/{bench.project}/header", json={"colour": "red"})
    bench.ok("POST", f"{url}/signatures", 201, json=word(bench.ok("GET", url)["revision"]))
    page = bench.ok("GET", f"{url}/report.html?language={language}")
    assert "Eva Beispiel" in page.text and "Muster &lt;b&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert bench.ok("GET", f"{url}/report.pdf?language={language}").content.startswith(b"%PDF")


def test_header_is_not_written_over_by_who_has_not_seen_it(bench: Bench) -> None:
    url = f"/api/v1/projects/{bench.project}/header"
    seen = bench.client.get(url).headers["ETag"]
    first = bench.client.put(url, json={"client": "Muster"}, headers={"If-Match": seen})
    assert first.status_code == 200 and first.headers["ETag"] == bench.client.get(url).headers["ETag"] != seen
    stale = bench.refused(409, "PUT", url, json={"client": "other"}, headers={"If-Match": seen})
    assert "look at it again" in stale and bench.ok("GET", url) == {"client": "Muster"}
    assert bench.ok("PUT", url, json={"order": "7"}) == {"order": "7"}  # who names no state takes any


def test_quality_is_measured_at_marks_that_fit_the_film(bench: Bench) -> None:
    url = f"/api/v1/films/{bench.upload(pixel_size=0.1)['id']}/quality"
    flat = {"snr_window": [20, 200, 100, 80]}
    found = bench.ok("POST", url, json=flat)
    assert found["snr"] > 1 and found["srb_um"] is found["normalised"] is None
    assert bench.ok("POST", url, json={})["snr"] is None
    assert "is less than" in bench.refused(422, "POST", url, json={"snr_window": [0, 0, 10, 10]})
    assert "lies beyond" in bench.refused(422, "POST", url, json={"snr_window": [850, 200, 100, 80]})
    wire = {"duplex": {"first": [100, 250], "last": [200, 250]}}
    assert "do not fit" in bench.refused(422, "POST", url, json=wire)
