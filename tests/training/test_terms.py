from pathlib import Path

import pytest

from dynawave.training.config import TrainingConfig
from dynawave.training.module import build_network
from dynawave.training.record import Used, record_run, terms_of
from dynawave.training.weights import save_weights


def run(out: Path, *used: Used, init: Path | None = None) -> Path:
    record_run(TrainingConfig(), used, init, out)
    return out


FREE = Used(Path("simulated"), "1", True, "Ours: no limits.", False)
BOUND = Used(Path("films"), "2", True, "GDXray: research only.", True)


@pytest.mark.parametrize(
    ("used", "terms"),
    [((FREE,), ""), ((FREE, BOUND), "Research only. GDXray: research only.")],
)
def test_a_model_has_the_terms_of_its_data(tmp_path: Path, used: tuple[Used, ...], terms: str) -> None:
    assert terms_of(run(tmp_path, *used)) == terms


def test_terms_go_on_to_a_run_that_starts_from_the_weights(tmp_path: Path) -> None:
    first = run(tmp_path / "first", BOUND)
    second = run(tmp_path / "second", FREE, init=first / "weights.safetensors")
    assert terms_of(second) == "Research only. GDXray: research only."


def test_terms_of_the_same_films_are_said_once(tmp_path: Path) -> None:
    first = run(tmp_path / "first", BOUND)
    second = run(tmp_path / "second", FREE, BOUND, init=first / "weights.safetensors")
    assert terms_of(second) == "Research only. GDXray: research only."


def test_terms_stay_with_weights_that_leave_their_run(config: TrainingConfig, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere.safetensors"
    save_weights(build_network(config), config, moved, terms="Research only. GDXray: research only.")
    assert terms_of(run(tmp_path / "second", FREE, init=moved)) == "Research only. GDXray: research only."


def test_weights_without_a_run_have_no_terms(tmp_path: Path) -> None:
    assert terms_of(tmp_path) == ""
