"""What the tests of several parts share."""

from pathlib import Path

import pytest

from toy import toy_model


@pytest.fixture(scope="session")
def toy_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny ONNX model that follows the contract, for tests without trained weights."""
    return toy_model(tmp_path_factory.mktemp("weights") / "toy.onnx")
