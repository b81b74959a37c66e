"""One charger for each case."""

from pathlib import Path

import pytest

from tests.conformance.ocpp16.bench16 import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A socket of 32 A, OCPP 1.6, nobody's token refused."""
    return Bench(tmp_path)
