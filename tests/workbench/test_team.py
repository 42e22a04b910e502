"""Accounts, roles, projects apart from each other, CSRF, and the log of changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import text

from dynawave.workbench import audit, people, tokens
from dynawave.workbench.settings import Settings
from toy import CARD, toy_model
from workbench_client import Bench, film_bytes

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fast_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Team:
    """A workbench with accounts; a client a person."""

    def __init__(self, bench: Bench) -> None:
        self.app = bench.client.app
        self.bench = self.app.state.bench  # type: ignore[attr-defined]
        with self.bench.database.writing() as session:
            for name, role in (("ada", "admin"), ("otto", "operator"), ("ina", "inspector"), ("paul", "approver")):
                people.add_account(session, name, PASSWORD, role, "test")  # type: ignore[arg-type]

    def client(self, name: str | None = None) -> TestClient:
        """A browser of a person, logged in."""
        client = TestClient(self.app, base_url="http://127.0.0.1:8080")
        if name:
            answer = client.post("/api/v1/login", json={"name": name, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return client


@pytest.fixture
def team(settings: Settings, open_bench: Callable[[Settings], Bench], monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.setattr(Bench, "__init__", lambda self, client: setattr(self, "client", client))
    return Team(open_bench(settings.model_copy(update={"team": True})))


def _film(client: TestClient) -> tuple[str, dict[str, Any]]:
    project = client.post("/api/v1/projects", json={"name": "P"}).json()["id"]
    answer = client.post(f"/api/v1/projects/{project}/films", files={"file": ("f.png", film_bytes())})
    assert answer.status_code == 201, answer.text
    return project, answer.json()


def test_nothing_without_a_login(team: Team) -> None:
    client = team.client()
    for path in ("projects", "me", "classes", "tables", "films/" + "0" * 32):
        assert client.get(f"/api/v1/{path}").status_code == 401
    assert client.post("/api/v1/projects", json={"name": "x"}).status_code == 401
    assert client.get("/").status_code == 200 and client.get("/healthz").status_code == 200


def test_cookie_speaks_only_with_its_token(team: Team) -> None:
    client = team.client("ina")
    token = client.headers.pop("X-CSRF-Token")
    assert client.post("/api/v1/projects", json={"name": "x"}).status_code == 403
    client.headers["X-CSRF-Token"] = token[:-1] + "x"
    assert client.post("/api/v1/projects", json={"name": "x"}).status_code == 403
    client.headers["X-CSRF-Token"] = token
    assert client.post("/api/v1/projects", json={"name": "x"}).status_code == 201
    cookie = client.cookies.jar.__iter__().__next__()
    assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "strict"
    assert client.post("/api/v1/logout").status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_no_request_reads_another_projects_film(team: Team) -> None:
    ina, paul = team.client("ina"), team.client("paul")
    project, film = _film(ina)
    url = f"/api/v1/films/{film['id']}"
    for client in (paul, team.client("ada")):
        assert client.get(url).status_code == 404
        paths = ["tiles/0/0_0.png", "thumbnail.jpeg", "histogram", "indications", "verdict", "history", "jobs"]
        paths += [
            "report.json",
            "report.csv",
            "report.coco.json",
            "explanation.png",
            "diconde.zip",
            "profile?x0=0&y0=0&x1=9&y1=9",
        ]
        assert {client.get(f"{url}/{path}").status_code for path in paths} == {404}
        assert client.post(f"{url}/inspection").status_code == 404
        assert client.post(f"/api/v1/projects/{project}/example").status_code == 404
        assert client.post(f"{url}/diconde").status_code in (403, 409)  # before the film is looked at
        assert client.put(f"{url}/scale", json={"pixel_size_mm": 1}).status_code == 404
        for path in ("films", "events", "export.zip", "worth-labelling", "header"):
            assert client.get(f"/api/v1/projects/{project}/{path}").status_code in (403, 404)
    assert paul.get("/api/v1/projects").json()["items"] == []
    ada = team.client("ada")
    assert ada.put(f"/api/v1/projects/{project}/members", json={"names": ["ina", "Paul"]}).status_code == 200
    assert paul.get(url).status_code == 200


def test_roles(team: Team) -> None:
    ina, otto, paul = (team.client(name) for name in ("ina", "otto", "paul"))
    project, film = _film(ina)
    assert otto.get("/api/v1/accounts").status_code == 403
    team.client("ada").put(f"/api/v1/projects/{project}/members", json={"names": ["ina", "otto", "paul"]})
    url = f"/api/v1/films/{film['id']}"
    drawn = {"class": "crack", "box": [5, 5, 20, 20]}
    assert otto.post(f"{url}/indications", json=drawn).status_code == 403
    assert ina.post(f"{url}/indications", json=drawn).status_code == 201
    sign = f"{url}/signatures"
    assert otto.post(sign, json={"meaning": "inspected", "revision": 1}).status_code == 403
    assert ina.post(sign, json={"meaning": "approved", "revision": 1}).status_code == 403
    assert ina.post(sign, json={"meaning": "inspected", "revision": 1}).status_code == 201
    assert paul.post(sign, json={"meaning": "approved", "revision": 1}).status_code == 201
    assert ina.post("/api/v1/tables/iso5817:2023/authorise", json={}).status_code == 403
    assert ina.post("/api/v1/accounts", json={"name": "x", "password": PASSWORD, "role": "admin"}).status_code == 403


def test_one_signs_by_the_name_of_ones_account(team: Team) -> None:
    ada, ina, paul = (team.client(name) for name in ("ada", "ina", "paul"))
    project, film = _film(ina)
    ada.put(f"/api/v1/projects/{project}/members", json={"names": ["ina", "paul"]})
    url = f"/api/v1/films/{film['id']}"
    assert ina.post(f"{url}/indications", json={"class": "crack", "box": [5, 5, 20, 20]}).status_code == 201
    word = {"meaning": "inspected", "revision": 1}
    refused = ina.post(f"{url}/signatures", json={**word, "name": "Dr. Paul Approver"})
    assert refused.status_code == 403 and "You sign as ina" in refused.json()["detail"]
    assert ina.post(f"{url}/signatures", json={**word, "name": "paul"}).status_code == 403
    assert ina.get(url).json()["signatures"] == []
    own = ina.post(f"{url}/signatures", json={**word, "name": " INA "}).json()
    assert (own["name"], own["account"], own["who"]) == ("ina", "ina", "ina")

    key = next(a["id"] for a in ada.get("/api/v1/accounts").json()["items"] if a["name"] == "paul")
    changed = ada.patch(f"/api/v1/accounts/{key}", json={"full_name": "Dr. Paul Approver"})
    assert changed.status_code == 200 and changed.json()["full_name"] == "Dr. Paul Approver"
    paul = team.client("paul")
    assert paul.get("/api/v1/me").json()["full_name"] == "Dr. Paul Approver"
    approved = paul.post(f"{url}/signatures", json={"meaning": "approved", "revision": 1}).json()
    assert (approved["name"], approved["account"]) == ("Dr. Paul Approver", "paul")
    assert [each["account"] for each in ina.get(url).json()["signatures"]] == ["ina", "paul"]
    table = paul.post("/api/v1/tables/iso5817:2023/authorise", json={"name": "Ina"})
    assert table.status_code == 403
    table = paul.post("/api/v1/tables/iso5817:2023/authorise", json={})
    assert table.json()["authorised"]["who"] == "Dr. Paul Approver"


def test_report_names_who_signed_and_the_account(team: Team) -> None:
    pytest.importorskip("typst")
    ada, ina = team.client("ada"), team.client("ina")
    key = next(a["id"] for a in ada.get("/api/v1/accounts").json()["items"] if a["name"] == "ina")
    assert ada.patch(f"/api/v1/accounts/{key}", json={"full_name": "Ina Muster"}).status_code == 200
    ina = team.client("ina")
    _, film = _film(ina)
    url = f"/api/v1/films/{film['id']}"
    ina.post(f"{url}/indications", json={"class": "crack", "box": [5, 5, 20, 20]})
    assert ina.post(f"{url}/signatures", json={"meaning": "inspected", "revision": 1}).status_code == 201
    assert "Ina Muster (ina)" in ina.get(f"{url}/report.html").text


def test_models_are_decided_on_by_approvers_and_administrators(team: Team, toy_weights: Path, tmp_path: Path) -> None:
    ina, paul, ada = (team.client(name) for name in ("ina", "paul", "ada"))
    project, _ = _film(ina)
    url = "/api/v1/models"
    files = {"file": ("toy.onnx", toy_weights.read_bytes())}
    assert ina.post(url, files=files).status_code == 403
    assert paul.post(url, files=files).status_code == 200  # it is there already
    other = toy_model(tmp_path / "other.onnx", CARD | {"name": "other"}).read_bytes()
    model = ada.post(url, files={"file": ("other.onnx", other)}).json()["id"]
    assert {client.get(url).status_code for client in (ina, paul, ada, team.client("otto"))} == {200}
    compare, films = f"{url}/{model}/comparisons", {"project": project, "part": "all"}
    assert ina.post(compare, json=films).status_code == 403
    for client in (paul, ada):  # no members: there is no such project for them
        assert client.post(compare, json=films).status_code == 404
    decision = {"comparison": "0" * 32, "reason": "x"}
    assert ina.post(f"{url}/{model}/activation", json=decision).status_code == 403
    assert ada.post(f"{url}/{model}/activation", json=decision).status_code == 404
    assert team.client().get(url).status_code == 401


def test_undo_takes_back_ones_own(team: Team) -> None:
    ina, paul = team.client("ina"), team.client("paul")
    project, film = _film(ina)
    team.client("ada").put(f"/api/v1/projects/{project}/members", json={"names": ["ina", "paul"]})
    url = f"/api/v1/films/{film['id']}"
    key = ina.post(f"{url}/indications", json={"class": "crack", "box": [5, 5, 20, 20]}).json()["id"]
    assert paul.post(f"{url}/undo").status_code == 409
    assert paul.patch(f"{url}/indications/{key}", json={"comment": "no", "revision": 1}).status_code == 200
    assert "Someone else" in ina.post(f"{url}/undo").json()["detail"]
    assert paul.post(f"{url}/undo").status_code == 200
    assert ina.post(f"{url}/undo").status_code == 200
    assert ina.get(f"{url}/indications").json()["items"] == []


def test_login_is_rate_limited_and_tells_no_names(team: Team) -> None:
    client = team.client()
    answers = [client.post("/api/v1/login", json={"name": name, "password": "wrong"}) for name in ("ina", "nobody")]
    assert {(a.status_code, a.json()["detail"]) for a in answers} == {(401, "The name or the password is wrong.")}
    for _ in range(people.TRIES - 1):
        client.post("/api/v1/login", json={"name": " INA ", "password": "wrong"})
    assert client.post("/api/v1/login", json={"name": "ina", "password": PASSWORD}).status_code == 429
    assert client.post("/api/v1/login", json={"name": "paul", "password": PASSWORD}).status_code == 200


def test_closed_account_is_out(team: Team) -> None:
    ada, ina = team.client("ada"), team.client("ina")
    key = next(a["id"] for a in ada.get("/api/v1/accounts").json()["items"] if a["name"] == "ina")
    assert ada.patch(f"/api/v1/accounts/{key}", json={"active": False}).status_code == 200
    assert ina.get("/api/v1/me").status_code == 401
    own = next(a["id"] for a in ada.get("/api/v1/accounts").json()["items"] if a["name"] == "ada")
    assert ada.patch(f"/api/v1/accounts/{own}", json={"role": "operator"}).status_code == 403


def test_line_posts_by_token_into_its_own_project(team: Team) -> None:
    token = team.client("otto").post("/api/v1/tokens", json={"label": "line 1"}).json()["token"]
    line = team.client()
    line.headers["Authorization"] = f"Bearer {token}"
    posted = line.post("/api/v1/inspections", files={"file": ("f.png", film_bytes())})
    assert posted.status_code == 202
    assert line.get(posted.headers["Location"]).status_code == 200
    assert team.client("ina").get(posted.headers["Location"]).status_code == 404
    assert [p["name"] for p in line.get("/api/v1/projects").json()["items"]] == ["Line (otto)"]


def test_a_token_is_listed_and_revoked_by_its_person_alone(team: Team) -> None:
    otto, ina = team.client("otto"), team.client("ina")
    assert otto.get("/api/v1/tokens").json()["items"] == []
    made = [otto.post("/api/v1/tokens", json={"label": label}).json()["token"] for label in ("line 1", "line 2")]
    listed = otto.get("/api/v1/tokens").json()["items"]
    assert {each["label"] for each in listed} == {"line 1", "line 2"}
    assert not any(token in str(listed) for token in made) and all(e["created"] < e["expires"] for e in listed)
    line = team.client()
    line.headers["Authorization"] = f"Bearer {made[0]}"
    assert line.get("/api/v1/projects").status_code == 200
    first = next(each["id"] for each in listed if each["label"] == "line 1")
    assert ina.get("/api/v1/tokens").json()["items"] == []
    assert ina.delete(f"/api/v1/tokens/{first}").status_code == 404
    assert otto.delete("/api/v1/tokens/0123456789abcdef").status_code == 404
    assert otto.delete(f"/api/v1/tokens/{first}").status_code == 204
    assert line.get("/api/v1/projects").status_code == 401  # at once, though logins are cached
    assert [each["label"] for each in otto.get("/api/v1/tokens").json()["items"]] == ["line 2"]


def test_nobody_has_more_than_a_hundred_tokens(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 2)
    otto, ina = team.client("otto"), team.client("ina")
    made = [client.post("/api/v1/tokens", json={"label": "x"}).status_code for client in (otto, otto, ina, otto)]
    assert made == [201, 201, 201, 409]


def test_a_person_changes_their_own_password(team: Team) -> None:
    here, elsewhere, line = team.client("ina"), team.client("ina"), team.client()
    line.headers["Authorization"] = "Bearer " + here.post("/api/v1/tokens", json={"label": "line"}).json()["token"]
    new = "another horse battery"
    url = "/api/v1/me/password"
    assert here.put(url, json={"old": "not this one at all", "new": new}).status_code == 403
    assert here.put(url, json={"old": PASSWORD, "new": "short"}).status_code == 422
    assert line.put(url, json={"old": PASSWORD, "new": new}).status_code == 403  # a program is no person
    assert elsewhere.get("/api/v1/me").status_code == 200
    assert here.put(url, json={"old": PASSWORD, "new": new}).status_code == 204
    assert elsewhere.get("/api/v1/me").status_code == 401
    assert here.get("/api/v1/me").status_code == line.get("/api/v1/projects").status_code == 200
    tries = [here.post("/api/v1/login", json={"name": "ina", "password": each}).status_code for each in (PASSWORD, new)]
    assert tries == [401, 200]
    assert team.client("paul").get("/api/v1/me").status_code == 200  # everyone else's is as it was
    with team.bench.database.reading() as session:
        noted = session.execute(text("SELECT action, who FROM audit WHERE action LIKE 'password%'")).all()
        assert noted == [("password refused", "ina"), ("password changed", "ina")]
        assert audit.verify(session, team.bench.store.blobs).faults == ()


def test_guesses_of_the_old_password_are_limited_as_at_the_login(team: Team) -> None:
    client = team.client("ina")
    guesses = [
        client.put("/api/v1/me/password", json={"old": f"guess {k}", "new": "another horse battery"}).status_code
        for k in range(6)
    ]
    assert guesses == [403] * 5 + [429]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE events SET why = 'x' WHERE kind = 'drawn'", "was altered"),
        ("DELETE FROM events WHERE kind = 'drawn'", "was altered"),
        ("UPDATE audit SET who = 'x' WHERE action = 'film signed'", "was altered"),
        ("DELETE FROM audit WHERE action = 'project made'", "does not follow"),
        ("DELETE FROM signatures", "removed"),
        ("UPDATE signatures SET sha256 = '" + "a" * 64 + "'", "altered or lost"),
    ],
)
def test_log_tells_what_was_altered(team: Team, change: str, fault: str) -> None:
    ina = team.client("ina")
    _, film = _film(ina)
    url = f"/api/v1/films/{film['id']}"
    ina.post(f"{url}/indications", json={"class": "crack", "box": [5, 5, 20, 20]})
    assert ina.post(f"{url}/signatures", json={"meaning": "inspected", "revision": 1}).status_code == 201

    def verified() -> audit.Verified:
        with team.bench.database.reading() as session:
            return audit.verify(session, team.bench.store.blobs)

    assert verified().faults == ()
    with team.bench.database.writing() as session:
        session.execute(text(change))
    assert any(fault in each for each in verified().faults)
