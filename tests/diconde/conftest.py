"""Films, and what was found on them."""

from pathlib import Path
from typing import Any

import pytest

from diconde_films import FINDINGS, write_film
from dynawave.diconde.findings import Findings


@pytest.fixture
def make_film(tmp_path: Path) -> Any:
    """Writes a film; see `write_film`."""
    return lambda name="weld", **fields: write_film(tmp_path / f"{name}.dcm", **fields)


@pytest.fixture
def found() -> Findings:
    return FINDINGS
