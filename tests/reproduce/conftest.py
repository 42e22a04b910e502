"""A table of three rows whose runs take a moment, and stand-ins for the commands of ours."""

from pathlib import Path

import pytest

TABLE = """
title: What the parts bring
seeds: [0, 1]
train: {count: 2, seed: 5, options: {width: 256, height: 256}}
test: {count: 1, seed: 6, options: {width: 256, height: 256}}
measures: {kinds.f1: F1, ap50: AP50}
rows: {full: the whole, no-fdsa: without FDSA}
"""

FULL = """
name: tiny
classes: [crack, cavity, solid_inclusion, lack_of_fusion_or_penetration, imperfect_shape]
network: {width: 12, dgae_levels: [32], pretrained: false}
images_seen: 4
epoch_images: 4
batch: 2
tile: 64
workers: 0
"""

COMMANDS = '''
"""Stands in for `dynawave train`, `export` and `evaluate`: leaves the same files; what FAIL names fails."""
import json, os, sys, time
from pathlib import Path
import yaml
command, *rest = sys.argv[1:]
options = dict(zip(rest, rest[1:]))
out = Path(options["--out"])
with open(os.environ["CALLS"], "a") as calls:
    calls.write(f"{command} {out}\\n")
if "ARGUMENTS" in os.environ:
    with open(os.environ["ARGUMENTS"], "a") as arguments:
        arguments.write(" ".join(sys.argv[1:]) + "\\n")
if f"{command} {out.parent.name}/{out.name}" in os.environ.get("FAIL", ""):
    print("a step\\rthis cannot be", file=sys.stderr)
    sys.exit(2)
if os.environ.get("KILLED") == command:
    os.kill(os.getpid(), 9)
if os.environ.get("SLOW") and command == "train":
    Path(os.environ["SLOW"]).touch()
    time.sleep(60)
if command == "train":
    from dynawave.training.config import load_config
    config = load_config(Path(rest[0])).overridden(None, int(options["--seed"]), ())
    out.mkdir(exist_ok=True)
    (out / "config.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json")))
    (out / "provenance.json").write_text(json.dumps({"sessions": [{"git": "abc"}]}))
    (out / "weights.safetensors").write_text("")
elif command == "export":
    out.write_text("")
else:
    seed, full = int(out.name[-1]), out.parent.name == "full"
    kind = {"name": "crack", "precision": 0.5, "recall": 0.5, "f1": 0.5 + seed / 10, "auc": None, "iou": 0.2}
    kinds = {"precision": 0.6, "recall": None, "f1": 0.7 + seed / 10, "auc": None, "miou": 0.3, "by_class": [kind]}
    record = {"ap50": 0.6 if full else 0.5 - seed / 10, "kinds": kinds}
    (out / "metrics.json").write_text(json.dumps({"results": [record]}))
'''


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The folder of the table."""
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "table.yaml").write_text(TABLE)
    (folder / "full.yaml").write_text(FULL)
    (folder / "no-fdsa.yaml").write_text("extends: full.yaml\nnetwork: {fdsa: false}\n")
    return folder


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the stand-ins called; gives the file with a line for each call."""
    from dynawave.reproduce import perform

    script, calls = tmp_path / "commands.py", tmp_path / "calls.txt"
    script.write_text(COMMANDS)
    calls.touch()
    monkeypatch.setenv("CALLS", str(calls))
    monkeypatch.setattr(perform, "PROGRAM", (perform.sys.executable, str(script)))
    return calls
