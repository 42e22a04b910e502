from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from dynawave.errors import WeightsError
from dynawave.training.config import TrainingConfig
from dynawave.training.module import build_network
from dynawave.training.weights import average_weights, load_weights, read_network, save_weights, terms_in


def test_round_trip(config: TrainingConfig, tmp_path: Path) -> None:
    """Tensors, configuration and answers; a network laid out for the processor is written all the same."""
    network = build_network(config).to(memory_format=torch.channels_last)
    network.train()(torch.randn(2, 3, 64, 64))  # moves the statistics of the norms
    save_weights(network, config, tmp_path / "w.safetensors")
    again, settings = read_network(tmp_path / "w.safetensors")
    assert settings == config and not again.training
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor, rtol=0, atol=0, msg=name)
    tile = torch.randn(1, 3, 32, 64)
    with torch.inference_mode():
        for name, value in network.eval()(tile).items():
            torch.testing.assert_close(again(tile)[name], value)
    assert [file.name for file in tmp_path.iterdir()] == ["w.safetensors"]


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(2)}, file)
    with pytest.raises(WeightsError, match=r"foreign\.safetensors: was not written by `dynawave train`"):
        read_network(file)
    save_file({"weight": torch.zeros(2)}, file, metadata={"dynawave": '{"colour": "red"}'})
    with pytest.raises(WeightsError, match=r"foreign\.safetensors: its configuration is not one"):
        read_network(file)
    save_file({"weight": torch.zeros(2)}, file, metadata={"dynawave": "{"})
    with pytest.raises(WeightsError, match=r"foreign\.safetensors: its configuration is not one"):
        read_network(file)


def test_weights_that_lack_tensors_are_refused(config: TrainingConfig, tmp_path: Path) -> None:
    file = tmp_path / "part.safetensors"
    save_file({"weight": torch.zeros(2)}, file, metadata={"dynawave": config.model_dump_json()})
    with pytest.raises(WeightsError, match=r"part\.safetensors: holds the weights of another network"):
        read_network(file)


def test_weights_of_another_shape_are_refused(config: TrainingConfig, tmp_path: Path) -> None:
    save_weights(build_network(config), config, tmp_path / "w.safetensors")
    wider = config.model_copy(update={"network": config.network.model_copy(update={"width": 15})})
    with pytest.raises(WeightsError, match="another network") as caught:
        load_weights(build_network(wider), tmp_path / "w.safetensors")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [0, 7, 200, 100_000])
def test_damaged_files_are_refused(config: TrainingConfig, tmp_path: Path, keep: int) -> None:
    file = tmp_path / "w.safetensors"
    save_weights(build_network(config), config, file)
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(WeightsError, match=r"w\.safetensors: is not a readable safetensors file"):
        read_network(file)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    for file in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(WeightsError, match=str(file)):
            read_network(file)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2)}, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="not a readable safetensors"):
        read_network(tmp_path / "w.safetensors")


def test_the_mean_of_weights(config: TrainingConfig, tmp_path: Path) -> None:
    """Tensor by tensor, whole numbers among them; what limits one of them limits the mean."""
    files = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    networks = [build_network(config) for _ in files]
    for steps, (network, file) in enumerate(zip(networks, files, strict=True), 1):
        for _ in range(2 * steps):
            network.train()(torch.randn(2, 3, 64, 64))
        save_weights(network, config, file, terms="Research only." if steps == 2 else "")
    average_weights(files, tmp_path / "mean.safetensors")
    assert terms_in(tmp_path / "mean.safetensors") == "Research only."
    mean, settings = read_network(tmp_path / "mean.safetensors")
    assert settings == config and mean.state_dict()["fuse.0.norm.num_batches_tracked"] == 3
    for name, tensor in mean.named_parameters():
        a, b = (network.get_parameter(name) for network in networks)
        torch.testing.assert_close(tensor, (a + b) / 2, msg=name)


def test_weights_of_different_networks_have_no_mean(config: TrainingConfig, tmp_path: Path) -> None:
    save_weights(build_network(config), config, tmp_path / "a.safetensors")
    wider = config.model_copy(update={"network": config.network.model_copy(update={"width": 15})})
    save_weights(build_network(wider), wider, tmp_path / "wide.safetensors")
    with pytest.raises(WeightsError, match=r"wide\.safetensors: holds the weights of another network than .*a\.safe"):
        average_weights([tmp_path / "a.safetensors", tmp_path / "wide.safetensors"], tmp_path / "mean.safetensors")
    assert not (tmp_path / "mean.safetensors").exists()
