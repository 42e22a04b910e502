from pathlib import Path

import pytest
import yaml

from dynawave.errors import ConfigError
from dynawave.training.config import SourceConfig, TrainingConfig, load_config

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return file


def test_reads_what_it_writes(tmp_path: Path) -> None:
    config = TrainingConfig(name="mine", classes=("crack", "gas_pore"), sources=(SourceConfig(exclude_films=("7",)),))
    file = written(tmp_path, yaml.safe_dump(config.model_dump(mode="json")))
    assert load_config(file) == config


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n"])
def test_an_empty_file_is_an_accident_and_braces_are_the_default(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="is empty"):
        load_config(written(tmp_path, text))
    assert load_config(written(tmp_path, "{}")) == TrainingConfig()


def test_the_defaults_are_the_papers_recipe() -> None:
    config = TrainingConfig()
    assert (config.learning_rate, config.weight_decay, config.clip_norm) == (1e-4, 1e-2, 1.0)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("images: 7", "images"),
        ("network: {widht: 48}", "network.widht"),
        ("learning_rate: -1", "learning_rate"),
        ("network: {width: 50}", "network.width"),
        ("network: {wavelet: sym4}", "network.wavelet"),
        ("network: {dgae_levels: [2]}", "network.dgae_levels.0"),
        ("tile: 100", "tile"),
        ("classes: []", "classes"),
        ("classes: [crack, crack]", "classes"),
        ("sources: []", "sources"),
        ("sources: [{share: 0}]", "sources.0.share"),
        ("augment: {scale: [-1, 1]}", "augment.scale.0"),
        ("augment: {scale: [2, 1]}", "augment.scale"),
        ("batch: many", "batch"),
        ("name: ../film", "name"),
        ("card: {tile: 100}", "card: tile"),
        ("card: {decode: {by_klass: 1}}", "card: by_klass"),
        ("card: {decode: {by_class: maybe}}", "card: decode.by_class"),
    ],
)
def test_faults_are_named_by_their_key(tmp_path: Path, text: str, key: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: {key}: ") and message.endswith(".") and "\n" not in message


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("{tyle: 320}", "a model card has no tyle"),
        ("{overlap: 320}", "overlap is more than half a tile"),
        ("{turned: true}", "turned is of models that are mirrored"),
    ],
)
def test_a_card_that_no_model_can_have_is_refused(tmp_path: Path, card: str, said: str) -> None:
    file = written(tmp_path, f"card: {card}")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert str(caught.value) == f"{file}: card: {said}."


@pytest.mark.parametrize("text", ["a: [", "- tile", "tile", "\x00"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ") and message.count(": ") <= 2 and "\n" not in message


def test_a_binary_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_bytes(b"\xff\xfe\x00tile")
    for file in (tmp_path / "config.yaml", tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigError, match=str(file)):
            load_config(file)


def test_no_yaml_object_is_built(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not YAML"):
        load_config(written(tmp_path, "name: !!python/object/apply:os.getcwd []"))


def test_the_command_line_overrides() -> None:
    config = TrainingConfig(sources=(SourceConfig(), SourceConfig(share=2, exclude_films=("A",))))
    changed = config.overridden(640, 3, ("B",))
    assert (changed.images_seen, changed.seed) == (640, 3)
    assert changed.sources == (SourceConfig(), SourceConfig(share=2, exclude_films=("A", "B")))
    assert config.overridden(None, None, ()) == config
    with pytest.raises(ConfigError, match="images_seen"):
        config.overridden(-1, None, ())


@pytest.mark.parametrize("file", sorted(EXPERIMENTS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_experiments_are_valid(file: Path) -> None:
    assert load_config(file).name


def test_a_source_may_be_simulated(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("sources:\n- simulate: {seed: 7, physics: true}\n- share: 2\n")
    first, second = load_config(file).sources
    assert first.simulate is not None and (first.simulate.seed, first.simulate.physics) == (7, True)
    assert second.simulate is None
    file.write_text("sources:\n- simulate: {seed: 7}\n  exclude_films: [A]\n")
    with pytest.raises(ConfigError, match="no films to exclude"):
        load_config(file)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("objective: {graph: -0.1}", "objective.graph"),
        ("objective: {distill: .nan}", "objective.distill"),
        ("objective: {distil: 1}", "objective.distil: "),
        ("objective: {distill: 1}\nema: 0.9995", "ema: .*0.95 to 0.999"),
        ("objective: {temporal: 1}\nema: 0", "ema: .*0.95 to 0.999"),
        ("objective: {similarity: -1}", "objective.similarity"),
        ("objective: {wave: 1}\nnetwork: {fdsa: false}", "objective: .*network.fdsa"),
        ("network: {relation_threshold: 1}", "network.relation_threshold"),
        ("channels: rgb", "channels"),
        ("channels: colour\nobjective: {expert: 1}", "channels: .*objective.expert"),
        ("guidance: {epsilon: 1.1}", "guidance.epsilon"),
        ("guidance: {warm_up: {decoded_32: 0.1}}", "guidance.warm_up.decoded_32"),
        ("guidance: {warm_up: {}}", "guidance.warm_up"),
        ("guidance: {overlap: 1}", "guidance.overlap"),
        ("guidance: {expert_strides: [4, 4]}", "guidance.expert_strides"),
    ],
)
def test_a_bad_objective_is_refused_by_its_key(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=problem):
        load_config(written(tmp_path, text))


def test_the_range_of_the_momentum_is_the_teachers(tmp_path: Path) -> None:
    """Averaged weights that teach nobody may follow faster."""
    assert load_config(written(tmp_path, "ema: 0.5")).ema == 0.5
    assert load_config(written(tmp_path, "ema: 0.95\nobjective: {distill: 1}")).objective.taught
