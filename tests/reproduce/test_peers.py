"""Peers as rows of a table."""

import json
from pathlib import Path

import pytest
import yaml

from dynawave.errors import ConfigError
from dynawave.reproduce import peers
from dynawave.reproduce.peers import load_peer_config
from dynawave.reproduce.perform import perform
from dynawave.reproduce.plan import load_plan
from dynawave.reproduce.runs import plan_runs
from dynawave.reproduce.summary import write_summary

PROGRAM = '''
"""Stands in for `python -m benchmarks.peers.MODULE`: leaves the same files."""
import json, os, sys
from pathlib import Path
_, module, command, *rest = [None, *sys.argv[1:]]
out = Path(dict(zip(rest, rest[1:]))["--out"])
with open(os.environ["CALLS"], "a") as calls:
    calls.write(f"{module} {command} {out}\\n")
if command == "train":
    (out / "config.yaml").write_text(Path(rest[0]).read_text())
    (out / "provenance.json").write_text(json.dumps({"sessions": [{"git": "abc"}]}))
    (out / "model.onnx").write_text("")
else:
    record = {"ap50": 0.4, "kinds": None, "seconds": 0.5, "images": 10}
    (out / "metrics.json").write_text(json.dumps({"results": [record]}))
'''


@pytest.fixture
def peered(table: Path, commands: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The table with a peer of no file, and one with a file in the shelf."""
    script = table.parent / "program.py"
    script.write_text(PROGRAM)
    monkeypatch.setattr(peers, "PROGRAM", (peers.sys.executable, str(script)))
    (table.parent / "peers").mkdir()
    (table.parent / "peers" / "yolo11n.yaml").write_text("module: yolo\noptions: {epochs: 2}\n")
    with (table / "table.yaml").open("a") as file:
        file.write("peers: {unet: U-Net, yolo11n: YOLO}\n")
    return table


def test_a_peer_has_the_budget_and_tiles_of_the_first_row(peered: Path) -> None:
    (peered / "full.yaml").write_text(
        (peered / "full.yaml").read_text()
        + "channels: colour\ncard: {tile: 96, overlap: 32, scale: 2, mirrored: true, "
        + "decode: {present_px: 30, present_score: 0.5}}\n"
    )
    first, _, unet, yolo = load_plan(str(peered)).rows
    for row in (unet, yolo):
        for field in ("classes", "images_seen", "batch", "tile", "channels", "augment", "flaw_share"):
            assert getattr(row.config, field) == getattr(first.config, field)
        assert row.config.card == {"tile": 96, "overlap": 32, "scale": 2, "decode": {"present_px": 30}}
    assert (unet.title, unet.peer.module, unet.peer.options) == ("U-Net", "unet", {})
    assert (yolo.title, yolo.peer.module, yolo.peer.options) == ("YOLO", "yolo", {"epochs": 2})


def test_a_file_beside_the_table_goes_before_the_shelf(peered: Path) -> None:
    (peered / "yolo11n.yaml").write_text("extends: ../peers/yolo11n.yaml\noptions: {epochs: 5}\n")
    assert load_plan(str(peered)).rows[-1].peer.options == {"epochs": 5}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("images_seen: 9\n", r"yolo11n\.yaml: images_seen"),
        ("module: ../x\n", r"yolo11n\.yaml: module"),
    ],
)
def test_a_peer_cannot_say_what_all_rows_have_in_common(peered: Path, document: str, reason: str) -> None:
    (peered / "yolo11n.yaml").write_text(document)
    with pytest.raises(ConfigError, match=reason):
        load_plan(str(peered))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("unet: U-Net", "full: U-Net", "full is a row and a peer"),
        (
            "rows: {full: the whole, no-fdsa: without FDSA}",
            "search: {base: full.yaml, values: {seed: [1]}}",
            "no peers",
        ),
    ],
)
def test_tables_where_peers_have_no_place(peered: Path, old: str, new: str, reason: str) -> None:
    file = peered / "table.yaml"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=reason):
        load_plan(str(peered))


def test_its_program_is_run_in_two_steps_and_what_is_done_is_skipped(
    peered: Path, tmp_path: Path, commands: Path
) -> None:
    plan, out = load_plan(str(peered)), tmp_path / "out"
    runs = plan_runs(plan, out, ["yolo11n"], [1])
    assert [outcome.failure for outcome in perform(runs)] == [None]
    folder = out / "yolo11n" / "seed-1"
    both = [f"benchmarks.peers.yolo {command} {folder}" for command in ("train", "evaluate")]
    assert commands.read_text().splitlines() == both
    assert runs[0].state() == "done" and list(perform(runs)) == []
    config = load_peer_config(folder / "config.yaml")
    assert (config.module, config.options, config.tiles.seed) == ("yolo", {"epochs": 2}, 1)
    assert "objective" not in yaml.safe_load((folder / "config.yaml").read_text())["tiles"]
    (folder / "metrics.json").unlink()
    list(perform(runs))
    assert commands.read_text().splitlines()[2:] == both[1:]


def test_what_means_nothing_to_a_peer_may_change(peered: Path, tmp_path: Path) -> None:
    runs = plan_runs(load_plan(str(peered)), tmp_path / "out", ["unet"], [0])
    list(perform(runs))
    file = peered / "full.yaml"
    file.write_text(file.read_text() + "objective: {field: 7}\nlearning_rate: 0.5\n")
    assert [run.state() for run in plan_runs(load_plan(str(peered)), tmp_path / "out", ["unet"], [0])] == ["done"]
    file.write_text(file.read_text().replace("images_seen: 4", "images_seen: 8"))
    changed = plan_runs(load_plan(str(peered)), tmp_path / "out", ["unet"], [0])
    assert [run.state() for run in changed] == ["of another configuration"]


def test_a_table_compares_it_as_any_row(peered: Path, tmp_path: Path) -> None:
    """The stand-ins give the first row 0.6, the peer 0.4, and 0.5 s for 10 images."""
    plan, out = load_plan(str(peered)), tmp_path / "out"
    list(perform(plan_runs(plan, out, ["full", "unet"])))
    (out / "unet" / "seed-0" / "cost.json").write_text(json.dumps({"parameters": 5e6, "macs": 25e8, "tile": 64}))
    text = write_summary(plan, out)
    assert "| U-Net | - | 0.400 ± 0.000 |" in text and "| U-Net | - | -0.200 ± 0.000 |" in text
    assert "| YOLO | not run yet |" in text and "as many tiles of the same sampler as the first row" in text
    cost = text[text.index("**Cost**") :].splitlines()
    assert "GMACs on a tile of 64 px" in cost[2]
    unet = next(line for line in cost if line.startswith("| U-Net"))
    assert unet.startswith("| U-Net | 5.00 | 2.50 |") and unet.endswith("| 50 ± 0 |")
