from pathlib import Path

import pytest

from benchmarks.peers.card import read_card
from dynawave.errors import WeightsError


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "not an ONNX model"), (b"\x08\x07 cut", "not an ONNX model"), (None, "cannot be read")],
)
def test_a_model_that_is_missing_or_damaged_is_named(content: bytes | None, reason: str, tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    if content is not None:
        model.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"model\.onnx: .*{reason}"):
        read_card(model)


def test_a_model_of_ours_is_no_peers(toy_weights: Path) -> None:
    with pytest.raises(WeightsError, match=r"was not written by a module of benchmarks\.peers"):
        read_card(toy_weights)
