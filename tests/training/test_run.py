import csv
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file

from dynawave.datasets.coco import CocoDataset, load_coco
from dynawave.distillation.pdps import KindStatistics
from dynawave.errors import ConfigError, DatasetError, DynaWaveError, ImageError, WeightsError
from dynawave.training.config import (
    AdaptationConfig,
    GuidanceConfig,
    ObjectiveConfig,
    SimulationConfig,
    SourceConfig,
    StartConfig,
    TrainingConfig,
)
from dynawave.training.module import DetectionModule, build_network
from dynawave.training.run import load_sources, train
from dynawave.training.weights import read_network, save_weights, terms_in
from dynawave.weights import find
from toy import film


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """One thread, and the handler of Ctrl-C that Lightning leaves switched off."""
    threads, opencv, handler = torch.get_num_threads(), cv2.getNumThreads(), signal.getsignal(signal.SIGINT)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    cv2.setNumThreads(opencv)
    signal.signal(signal.SIGINT, handler)


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Ctrl-C once training has come to this step."""
    original = DetectionModule.training_step

    def training_step(self: DetectionModule, items: list[torch.Tensor], index: int) -> torch.Tensor:
        if self.trainer.global_step == step:
            raise KeyboardInterrupt
        return original(self, items, index)

    monkeypatch.setattr(DetectionModule, "training_step", training_step)


def test_a_run_leaves_all_it_takes_to_repeat_it(config: TrainingConfig, films: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    weights = train(config, [films], out)
    assert weights == out / "weights.safetensors"
    network, settings = read_network(weights)
    assert settings == config and all(torch.isfinite(p).all() for p in network.parameters())
    assert TrainingConfig.model_validate(yaml.safe_load((out / "config.yaml").read_text())) == config
    facts = json.loads((out / "provenance.json").read_text())
    assert facts["data"][0]["path"] == str(films) and len(facts["data"][0]["sha256"]) == 64
    assert len(facts["sessions"]) == 1 and facts["sessions"][0]["versions"]["torch"] == torch.__version__
    assert (out / "checkpoints" / "last.ckpt").is_file()


def test_every_term_is_logged(config: TrainingConfig, films: Path, tmp_path: Path) -> None:
    """Every twenty steps, as text and for TensorBoard."""
    train(config.model_copy(update={"images_seen": 20, "epoch_images": 20, "batch": 1}), [films], tmp_path / "run")
    header = (tmp_path / "run" / "logs" / "version_0" / "metrics.csv").read_text().splitlines()[0]
    terms = {f"train/{name}" for name in ("flaw", "boxes", "spread", "iou", "field", "image")}
    assert terms | {"loss", "step"} <= set(header.split(","))
    assert list((tmp_path / "run" / "tensorboard").rglob("events*"))


def test_a_resumed_run_ends_as_one_that_was_not_stopped(
    config: TrainingConfig, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in its second epoch of two, so that a step is lost and repeated; once more when all steps are done."""
    whole = load_file(train(config, [films], tmp_path / "whole"))
    out = tmp_path / "stopped"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        stop_at(patched, 3)
        train(config, [films], out)
    assert (out / "checkpoints" / "last.ckpt").is_file() and not (out / "weights.safetensors").exists()
    resumed = load_file(train(config, [films], out))
    (out / "weights.safetensors").unlink()
    again = load_file(train(config, [films], out))
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor, rtol=0, atol=1e-6, msg=name)
        torch.testing.assert_close(again[name], tensor, rtol=0, atol=1e-6, msg=name)
    assert len(json.loads((out / "provenance.json").read_text())["sessions"]) == 3


def test_simulated_films_need_no_folder_and_resume_too(
    config: TrainingConfig, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a folder, which then is the only one to be given."""
    small = SimulationConfig(width=256, height=256, films=2, tiles=3)
    monkeypatch.setattr("dynawave.training.simulated.HELD_OUT", range(10**6, 10**6 + 1))
    monkeypatch.setattr("dynawave.training.data.VALIDATION_TILES", 2)
    config = config.model_copy(update={"sources": (SourceConfig(simulate=small), SourceConfig())})
    whole = load_file(train(config, [films], tmp_path / "whole"))
    out = tmp_path / "stopped"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        stop_at(patched, 3)
        train(config, [films], out)
    resumed = load_file(train(config, [films], out))
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor, rtol=0, atol=1e-6, msg=name)
    with pytest.raises(ConfigError, match="besides simulated ones the configuration describes 1, but 0"):
        train(config, [], tmp_path / "none")


def test_the_average_is_what_is_kept(
    config: TrainingConfig, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps: of the weights after the first 2 / 11 are kept, see `moving_average`."""
    steps: list[torch.Tensor] = []

    def on_train_batch_end(self: DetectionModule, *_: object) -> None:
        steps.append(self.network.box_head.flaw.weight.detach().clone())

    monkeypatch.setattr(DetectionModule, "on_train_batch_end", on_train_batch_end)
    kept = load_file(train(config.model_copy(update={"images_seen": 4}), [films], tmp_path / "run"))
    assert len(steps) == 2 and not torch.equal(*steps)
    torch.testing.assert_close(kept["box_head.flaw.weight"], (2 * steps[0] + 9 * steps[1]) / 11)


def test_a_guided_run_resumes_with_its_teacher_and_its_prior(
    config: TrainingConfig, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every term on: the teacher, the prior and what grows with the steps are as they would have been."""
    config = config.model_copy(
        update={
            "classes": ("gas_pore", "slag_inclusion"),
            "objective": ObjectiveConfig(expert=0.1, distill=0.5, graph=0.1, temporal=1.0),
            "guidance": GuidanceConfig(epsilon=0.2, balanced=True, warm_up={"decoded_4": 1.0}),
            "ema": 0.95,
        }
    )
    whole = load_file(train(config, [films], tmp_path / "whole"))
    out = tmp_path / "stopped"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        stop_at(patched, 3)
        train(config, [films], out)
    checkpoint = torch.load(out / "checkpoints" / "last.ckpt", weights_only=True)
    rows = torch.tensor([[3.0, 2.0], [2.0, 2.0]])  # one film in two holds slag, both hold a pore; one more of each
    torch.testing.assert_close(checkpoint["state_dict"]["kinds.prior"], rows / rows.sum(1, keepdim=True))
    weights = train(config, [films], out)
    resumed = load_file(weights)
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor, rtol=0, atol=1e-6, msg=name)
    with safe_open(weights, framework="pt") as file:
        kept = KindStatistics.model_validate_json(file.metadata()["kinds"])
    assert kept == KindStatistics(flaws=(2, 1), together=((2, 1), (1, 1)))


def test_the_teacher_is_the_average_and_no_part_of_its_pupil(
    config: TrainingConfig, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every step it answers as the averaged weights of the steps before; the pupil's own tensors are as ever."""
    config = config.model_copy(update={"objective": ObjectiveConfig(temporal=1.0), "ema": 0.95})
    alone = set(DetectionModule(build_network(config), config).state_dict())
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    terms = DetectionModule.terms

    def watched(self: DetectionModule, items: list[torch.Tensor], progress: float) -> dict[str, torch.Tensor]:
        assert set(self.state_dict()) == alone and self.teacher is not None
        teacher = self.teacher.__self__  # type: ignore[attr-defined]
        assert not teacher.training and self.training
        pair = (teacher.network, self.network)
        seen.append(tuple(network.box_head.flaw.weight.detach().clone() for network in pair))  # type: ignore[arg-type]
        return terms(self, items, progress)

    monkeypatch.setattr(DetectionModule, "terms", watched)
    train(config, [films], tmp_path / "run")
    pupils = [pupil for _, pupil in seen]
    assert len(seen) == 4 and not torch.equal(pupils[1], pupils[2])
    average = pupils[1]
    for step in (1, 2, 3):
        average = average + (pupils[step] - average) * 9 / (9 + step)  # warm start, see `moving_average`
        torch.testing.assert_close(seen[step][0], average)


def test_another_configuration_is_refused(config: TrainingConfig, films: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    before = train(config.model_copy(update={"images_seen": 2, "epoch_images": 2}), [films], out).read_bytes()
    with pytest.raises(ConfigError, match=r"config\.yaml: another configuration began this run"):
        train(config, [films], out)
    assert (out / "weights.safetensors").read_bytes() == before


def test_other_data_are_refused(config: TrainingConfig, films: Path, tmp_path: Path) -> None:
    out, short = tmp_path / "run", config.model_copy(update={"images_seen": 2, "epoch_images": 2})
    train(short, [films], out)
    document = json.loads((films / "coco.json").read_text())
    document["annotations"].pop()
    (films / "coco.json").write_text(json.dumps(document))
    with pytest.raises(ConfigError, match=r"provenance\.json: other data began this run"):
        train(short, [films], out)


def test_faults_leave_the_folder_free(config: TrainingConfig, films: Path, tmp_path: Path) -> None:
    """After a mistake the same folder takes the run as it was meant."""
    out = tmp_path / "run"
    leaky = config.model_copy(update={"sources": (SourceConfig(exclude_films=("Z",)),)})
    with pytest.raises(DatasetError, match="exclude_films names Z"):
        train(leaky, [films], out)
    with pytest.raises(WeightsError, match=r"none\.safetensors"):
        train(config, [films], out, init=tmp_path / "none.safetensors")
    with pytest.raises(ConfigError, match="describes 1, but 2"):
        train(config, [films, films], out)
    assert not out.exists()
    out.write_text("in the way")
    with pytest.raises(DynaWaveError, match="cannot be written"):
        train(config, [films], out)


def test_given_weights_are_the_start(config: TrainingConfig, films: Path, tmp_path: Path) -> None:
    """At a learning rate of next to nothing they are also the end."""
    torch.manual_seed(1)
    start = build_network(config)
    save_weights(start, config, tmp_path / "start.safetensors")
    slow = config.model_copy(update={"learning_rate": 1e-12, "images_seen": 2, "epoch_images": 2})
    trained, _ = read_network(train(slow, [films], tmp_path / "run", init=tmp_path / "start.safetensors"))
    for (name, before), after in zip(start.named_parameters(), trained.parameters(), strict=True):
        torch.testing.assert_close(after, before, atol=1e-9, rtol=0, msg=name)


def test_a_budget_of_nothing_keeps_the_start(config: TrainingConfig, films: Path, tmp_path: Path) -> None:
    """To the bit, so that a row of a table can be weights as they are; they owe nothing to the data."""
    config = config.model_copy(
        update={"classes": ("gas_pore", "slag_inclusion"), "guidance": GuidanceConfig(epsilon=0.2), "images_seen": 0}
    )
    save_weights(build_network(config), config, tmp_path / "start.safetensors")
    coco = json.loads((films / "coco.json").read_text())
    (films / "coco.json").write_text(json.dumps(coco | {"info": {"terms": "Not ours.", "research_only": True}}))
    kept = load_file(train(config, [films], tmp_path / "run", init=tmp_path / "start.safetensors"))
    before = load_file(tmp_path / "start.safetensors")
    assert kept.keys() == before.keys() and all(torch.equal(kept[name], before[name]) for name in before)
    assert not terms_in(tmp_path / "run" / "weights.safetensors")
    with safe_open(tmp_path / "run" / "weights.safetensors", "pt") as file:
        assert "kinds" not in file.metadata()  # nor are its flaws counted
    assert json.loads((tmp_path / "run" / "provenance.json").read_text())["data"] == []


def test_a_configuration_may_start_from_parts_of_film(config: TrainingConfig, films: Path, tmp_path: Path) -> None:
    """The backbone is that of the weights that come with the package, the rest is not; a part must be one."""
    theirs = load_file(find("film").with_suffix(".safetensors"))
    changes = {"learning_rate": 1e-12, "images_seen": 2, "epoch_images": 2, "start": StartConfig(parts=("backbone",))}
    trained, _ = read_network(train(config.model_copy(update=changes), [films], tmp_path / "run"))
    for name, after in trained.backbone.named_parameters():
        torch.testing.assert_close(after, theirs[f"backbone.{name}"], atol=1e-9, rtol=0, msg=name)
    assert (trained.fuse[0].norm.weight == 1).all() and (theirs["fuse.0.norm.weight"] != 1).all()
    wrong = config.model_copy(update={"start": StartConfig(parts=("spine",))})
    with pytest.raises(WeightsError, match=r"start\.parts: the network has no spine; it has attend, backbone"):
        train(wrong, [films], tmp_path / "other")


def test_validation_films_are_never_drawn(config: TrainingConfig, films: Path) -> None:
    """One film in twenty of forty; none of a few."""
    dataset = load_coco(films)
    base = dataset.images[0]
    images = tuple(base.model_copy(update={"id": k, "film": f"{k:03d}"}) for k in range(1, 41))
    many = CocoDataset(dataset.root, images, dataset.categories, ())
    config = config.model_copy(update={"sources": (SourceConfig(exclude_films=("001",)), SourceConfig())})
    pools, held_out = load_sources(config, [many, many])
    assert [len(pool.films) for pool in pools] == [39, 38] and [len(pool.films) for pool in held_out] == [2]
    assert np.isfinite(pools[0].films[0].limits).all()


def test_films_held_out_leave_a_source_as_it_was_asked_for(config: TrainingConfig, films: Path) -> None:
    """A box with round corners stays one in a set that is large enough to hold films back, on either side."""
    dataset = load_coco(films)
    images = tuple(dataset.images[0].model_copy(update={"id": k, "film": f"{k:03d}"}) for k in range(1, 41))
    flaws = tuple(dataset.annotations[0].model_copy(update={"id": k, "image_id": k}) for k in range(1, 41))
    many = CocoDataset(dataset.root, images, dataset.categories, flaws)
    pixels = {}
    for asked in (False, True):
        sources = (SourceConfig(rounded=asked, share=0.3),)
        training, held_out = load_sources(config.model_copy(update={"sources": sources}), [many])
        pools = [*training, *held_out]
        assert [pool.share for pool in pools] == [0.3, 0.3]
        pixels[asked] = {int((film.instances > 0).sum()) for pool in pools for film in pool.films}
    assert pixels[False] == {13 * 13} and len(pixels[True]) == 1 and 100 < pixels[True].pop() < 13 * 13


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """Films that nobody has labelled."""
    folder = tmp_path / "plant"
    folder.mkdir()
    for name in "CD":
        cv2.imwrite(str(folder / f"{name}.png"), film(120, 140, seed=ord(name)))
    return folder


@pytest.fixture
def adapting(config: TrainingConfig) -> TrainingConfig:
    """Thresholds at which an untrained network is sure of flaws everywhere."""
    sure = AdaptationConfig(sound_to=1e-4, flaw_from=1e-3, box_from=1e-3)
    return config.model_copy(update={"adaptation": sure, "ema": 0.95})


def test_unlabelled_films_are_a_part_of_the_run(
    adapting: TrainingConfig, films: Path, plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resumed after a kill it ends as if it had not been stopped; without them, or with others, it is refused."""
    whole = load_file(train(adapting, [films], tmp_path / "whole", unlabelled=plant))
    out = tmp_path / "stopped"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        stop_at(patched, 3)
        train(adapting, [films], out, unlabelled=plant)
    used = json.loads((out / "provenance.json").read_text())["data"]
    assert [(Path(each["path"]), each["labelled"]) for each in used] == [(films, True), (plant, False)]
    with pytest.raises(ConfigError, match="other data began this run"):
        train(adapting, [films], out)
    resumed = load_file(train(adapting, [films], out, unlabelled=plant))
    without = load_file(train(adapting, [films], tmp_path / "without"))
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor, rtol=0, atol=1e-6, msg=name)
    assert not torch.equal(without["box_head.flaw.weight"], whole["box_head.flaw.weight"])
    (plant / "D.png").unlink()
    with pytest.raises(ConfigError, match="other data began this run"):
        train(adapting, [films], out, unlabelled=plant)


def test_labelled_tiles_are_those_of_a_run_without(
    adapting: TrainingConfig, films: Path, plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And labels beside the unlabelled films change nothing."""
    seen: list[list[torch.Tensor]] = []
    terms = DetectionModule.terms

    def watched(self: DetectionModule, items: list[torch.Tensor], progress: float) -> dict[str, torch.Tensor]:
        seen.append(items)
        return terms(self, items, progress)

    monkeypatch.setattr(DetectionModule, "terms", watched)
    first = load_file(train(adapting, [films], tmp_path / "first", unlabelled=plant))
    train(adapting, [films], tmp_path / "without")
    assert len(seen) == 8
    for one, two in zip(seen[:4], seen[4:], strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    (plant / "coco.json").write_text("no JSON")
    (plant / "C.xml").write_text("<flaw/>")
    again = load_file(train(adapting, [films], tmp_path / "again", unlabelled=plant))
    assert all(torch.equal(again[name], tensor) for name, tensor in first.items())


def test_adaptation_of_no_weight_is_none(
    adapting: TrainingConfig, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit; the folder, which is not there, is not even looked for."""
    losses: list[float] = []
    step = DetectionModule.training_step

    def watched(self: DetectionModule, items: list[torch.Tensor], index: int) -> torch.Tensor:
        loss = step(self, items, index)
        losses.append(loss.item())
        return loss

    monkeypatch.setattr(DetectionModule, "training_step", watched)
    off = adapting.model_copy(update={"adaptation": AdaptationConfig(weight=0)})
    one = load_file(train(off, [films], tmp_path / "off", unlabelled=tmp_path / "nowhere"))
    two = load_file(train(adapting, [films], tmp_path / "without"))
    assert losses[:4] == losses[4:] and all(torch.equal(two[name], tensor) for name, tensor in one.items())


def test_faulty_unlabelled_films_leave_nothing_behind(
    adapting: TrainingConfig, films: Path, plant: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    (plant / "cut.png").write_bytes((plant / "C.png").read_bytes()[:300])
    with pytest.raises(ImageError, match=r"cut\.png: "):
        train(adapting, [films], out, unlabelled=plant)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="empty: holds no unlabelled film"):
        train(adapting, [films], out, unlabelled=tmp_path / "empty")
    with pytest.raises(ConfigError, match=r"ema: unlabelled films need a teacher, hence 0\.95 to 0\.999"):
        train(adapting.model_copy(update={"ema": 0.5}), [films], out, unlabelled=plant)
    assert not out.exists()


def test_the_teachers_sureness_is_logged(adapting: TrainingConfig, films: Path, plant: Path, tmp_path: Path) -> None:
    train(adapting.model_copy(update={"images_seen": 20, "epoch_images": 20, "batch": 1}), [films], tmp_path / "run",
          unlabelled=plant)  # fmt: skip
    with (tmp_path / "run" / "logs" / "version_0" / "metrics.csv").open() as file:
        (row,) = [row for row in csv.DictReader(file) if row["loss"]]
    assert {f"target/{name}" for name in ("field", "flaw", "boxes", "features", "sure", "flaws", "cells")} <= row.keys()
    assert 0.5 < float(row["target/sure"]) <= 1 and float(row["target/cells"]) > 0
