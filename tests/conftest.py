"""What the tests of several parts share."""

import signal
from pathlib import Path

import pytest

from toy import toy_model

# A run in the background of a shell has Ctrl-C switched off, and so would have the processes that tests start and stop.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def toy_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny ONNX model that follows the contract, for tests without trained weights."""
    return toy_model(tmp_path_factory.mktemp("weights") / "toy.onnx")
