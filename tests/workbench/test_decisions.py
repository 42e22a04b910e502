"""Proposals of the model, decisions of a person, history and undo."""

from typing import Any

import pytest
from sqlalchemy import select

from dynawave.workbench.store.models import Event
from workbench_client import SPOTS, Bench


@pytest.fixture
def shown(bench: Bench) -> dict[str, Any]:
    return bench.inspected()


def test_model_proposes(bench: Bench, shown: dict[str, Any]) -> None:
    assert shown["status"] == "inspected" and shown["revision"] == 1
    assert shown["counts"] == {"open": 3, "accepted": 0, "rejected": 0}
    found = bench.indications(shown["id"])
    assert [each["number"] for each in found] == [1, 2, 3]
    centres = sorted((each["box"][0] + each["box"][2] / 2, each["box"][1] + each["box"][3] / 2) for each in found)
    for centre, spot in zip(centres, SPOTS, strict=True):
        assert centre == pytest.approx(spot, abs=4)
    first = found[0]
    assert first["class"] == {
        "name": "gas_pore", "iso6520": 2011, "family": "cavity", "letter": "A", "colour": "#007aff"
    }  # fmt: skip
    xs, ys = zip(*first["polygon"], strict=True)
    area = abs(sum(xs[i - 1] * ys[i] - xs[i] * ys[i - 1] for i in range(len(xs)))) / 2
    assert area == pytest.approx(first["area_px"], rel=0.12)


def test_person_decides_and_everything_is_kept(bench: Bench, shown: dict[str, Any]) -> None:
    first, second, third = bench.indications(shown["id"])
    url = f"/api/v1/films/{shown['id']}/indications"
    patch = {"state": "accepted", "class": "worm_hole", "comment": "long", "why": "see profile", "revision": 1}
    decided = bench.ok("PATCH", f"{url}/{first['id']}", json=patch)
    assert (decided["state"], decided["class"]["name"], decided["comment"]) == ("accepted", "worm_hole", "long")
    bench.ok("PATCH", f"{url}/{second['id']}", json={"state": "rejected", "revision": 2})
    bench.ok("PATCH", f"{url}/{third['id']}", json={"box": [10, 20, 30, 40], "revision": 3})
    assert bench.ok("GET", f"/api/v1/films/{shown['id']}")["counts"] == {"open": 1, "accepted": 1, "rejected": 1}
    moved = bench.indications(shown["id"])[2]
    assert moved["box"] == [10, 20, 30, 40] and moved["area_px"] == 1200 and moved["uncertainty"] is None
    events = bench.ok("GET", f"{url}/{first['id']}/history")["items"]
    assert [(e["kind"], e["from"], e["to"]) for e in events[1:]] == [
        ("accepted", {"state": "open"}, {"state": "accepted"}),
        ("reclassified", {"class": "gas_pore"}, {"class": "worm_hole"}),
        ("commented", {"comment": ""}, {"comment": "long"}),
    ]
    assert {(e["revision"], e["why"]) for e in events[1:]} == {(2, "see profile")}
    assert all(e["who"] and e["when"].endswith("Z") for e in events)


def test_undo_takes_back_change_by_change_and_never_the_model(bench: Bench, shown: dict[str, Any]) -> None:
    before = bench.indications(shown["id"])
    first = before[0]["id"]
    url = f"/api/v1/films/{shown['id']}"
    bench.ok("PATCH", f"{url}/indications/{first}", json={"state": "accepted", "class": "crack", "revision": 1})
    drawn = bench.ok("POST", f"{url}/indications", json={"class": "crack", "polygon": [[5, 5], [45, 5], [45, 9]]})
    assert (drawn["number"], drawn["source"], drawn["state"], drawn["score"]) == (4, "person", "accepted", None)
    bench.ok("POST", f"{url}/undo")
    assert len(bench.indications(shown["id"])) == 3
    bench.ok("POST", f"{url}/undo")
    changed = ("history_count", "revision")
    after = bench.indications(shown["id"])
    assert [{k: v for k, v in a.items() if k not in changed} for a in after] == [
        {k: v for k, v in b.items() if k not in changed} for b in before
    ]
    assert "nothing of yours" in bench.refused(409, "POST", f"{url}/undo")


def test_a_person_states_the_depth_that_no_film_shows(bench: Bench, shown: dict[str, Any]) -> None:
    first = bench.indications(shown["id"])[0]
    url = f"/api/v1/films/{shown['id']}/indications"
    assert first["depth_mm"] is None
    patch = {"depth_mm": 0.4, "why": "gauge 7", "revision": 1}
    assert bench.ok("PATCH", f"{url}/{first['id']}", json=patch)["depth_mm"] == 0.4
    bench.ok("PATCH", f"{url}/{first['id']}", json={"state": "accepted", "revision": 2})  # says nothing of the depth
    assert bench.indications(shown["id"])[0]["depth_mm"] == 0.4
    assert bench.ok("PATCH", f"{url}/{first['id']}", json={"depth_mm": None, "revision": 3})["depth_mm"] is None
    events = bench.ok("GET", f"{url}/{first['id']}/history")["items"]
    assert [(e["from"], e["to"], e["why"]) for e in events if e["kind"] == "measured"] == [
        ({"depth_mm": None}, {"depth_mm": 0.4}, "gauge 7"),
        ({"depth_mm": 0.4}, {"depth_mm": None}, ""),
    ]
    assert all(e["who"] and e["when"].endswith("Z") for e in events)
    bench.ok("POST", f"/api/v1/films/{shown['id']}/undo")
    assert bench.indications(shown["id"])[0]["depth_mm"] == 0.4
    drawn = bench.ok("POST", url, json={"class": "undercut", "box": [5, 5, 40, 9], "depth_mm": 1.2})
    assert drawn["depth_mm"] == 1.2
    for wrong in (0, -1, "deep", 1e9):
        bench.refused(422, "PATCH", f"{url}/{first['id']}", json={"depth_mm": wrong, "revision": 4})


def test_events_from_before_there_was_a_depth_still_read(bench: Bench, shown: dict[str, Any]) -> None:
    database = bench.client.app.state.bench.database  # type: ignore[attr-defined]
    with database.writing() as session:
        for event in session.scalars(select(Event).where(Event.kind == "proposed")):
            event.after = {key: value for key, value in event.after.items() if key != "depth_mm"}
    first = bench.indications(shown["id"])[0]
    assert first["depth_mm"] is None
    url = f"/api/v1/films/{shown['id']}/indications/{first['id']}"
    assert bench.ok("PATCH", url, json={"depth_mm": 2, "revision": 1})["depth_mm"] == 2


def test_stale_decision_is_refused(bench: Bench, shown: dict[str, Any]) -> None:
    first, second, _ = bench.indications(shown["id"])
    url = f"/api/v1/films/{shown['id']}/indications"
    bench.ok("PATCH", f"{url}/{first['id']}", json={"state": "accepted", "revision": 1})
    assert "look at it again" in bench.refused(
        409, "PATCH", f"{url}/{first['id']}", json={"state": "rejected", "revision": 1}
    )
    bench.ok("PATCH", f"{url}/{second['id']}", json={"state": "rejected", "revision": 1})  # untouched since
    bench.refused(409, "PATCH", f"{url}/{first['id']}", json={"state": "rejected", "revision": 99})


def test_several_at_once_are_one_change(bench: Bench, shown: dict[str, Any]) -> None:
    ids = [each["id"] for each in bench.indications(shown["id"])]
    url = f"/api/v1/films/{shown['id']}"
    decided = bench.ok(
        "POST", f"{url}/decisions", json={"indications": ids, "state": "rejected", "why": "grain", "revision": 1}
    )
    assert decided["counts"]["rejected"] == 3 and decided["revision"] == 2
    assert bench.ok("POST", f"{url}/undo")["counts"]["open"] == 3


def test_new_inspection_leaves_what_a_person_has_dealt_with(bench: Bench, shown: dict[str, Any]) -> None:
    first = bench.indications(shown["id"])[0]
    url = f"/api/v1/films/{shown['id']}"
    bench.ok("PATCH", f"{url}/indications/{first['id']}", json={"state": "rejected", "revision": 1})
    bench.finish(bench.ok("POST", f"{url}/inspection", json={"threshold": 0.2})["id"])
    again = bench.indications(shown["id"])
    assert [each["number"] for each in again] == [1, 4, 5]
    assert again[0] == bench.indications(shown["id"])[0] and again[0]["state"] == "rejected"


def test_pictures_of_an_indication(bench: Bench, shown: dict[str, Any]) -> None:
    key = bench.indications(shown["id"])[0]["id"]
    url = f"/api/v1/films/{shown['id']}"
    assert bench.ok("GET", f"{url}/indications/{key}/thumbnail.jpeg").content.startswith(b"\xff\xd8")
    for path in (f"{url}/indications/{key}/explanation.png", f"{url}/explanation.png"):
        assert bench.ok("GET", path).content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "wanted",
    [
        {"class": "unicorn", "box": [1, 1, 5, 5]},
        {"class": "crack"},
        {"class": "crack", "box": [-50, -50, 10, 10]},
        {"class": "crack", "box": [1, 1, 0, 5]},
        {"class": "crack", "polygon": [[1, 1], [2, 2]]},
        {"class": "crack", "box": [1, 1, 5, 5], "state": "open"},
    ],
)
def test_what_cannot_be_drawn_is_refused(bench: Bench, wanted: dict[str, Any]) -> None:
    shown = bench.upload()
    bench.refused(422, "POST", f"/api/v1/films/{shown['id']}/indications", json=wanted)
    assert bench.ok("GET", f"/api/v1/films/{shown['id']}")["revision"] == 0


def test_failed_inspection_says_why(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from dynawave.inspection import Inspector

    monkeypatch.setattr(Inspector, "inspect", lambda *_, **__: 1 / 0)
    shown = bench.upload()
    job = bench.finish(bench.ok("POST", f"/api/v1/films/{shown['id']}/inspection")["id"])
    assert job["status"] == "failed" and "ZeroDivisionError" in job["detail"]
    assert bench.ok("GET", f"/api/v1/films/{shown['id']}")["status"] == "failed"
